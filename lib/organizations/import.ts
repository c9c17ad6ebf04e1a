import { type Database, database, type Reader, type Transaction, write } from "#db/client.ts";
import { creditTypes } from "#db/schema/index.ts";
import { type Actor, assertRole } from "#lib/actor.ts";
import { parseCsv } from "#lib/csv.ts";
import { type ImportProgress, type ImportReport, REPORT_MAX_ROWS } from "#lib/imports/rules.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { insertOrganizations } from "./commands.ts";
import { checkOrganizations, type ImportContext, type ImportRow } from "./import-rules.ts";
import { codeKey } from "./rules.ts";

/** How many rows are written between two words of progress. */
const ROWS_A_PIECE = 1_000;

function contextOf(reader: Reader): ImportContext {
  const taken = new Map(
    reader
      .all<{ key: string; name: string }>("SELECT code_key AS key, name FROM organizations")
      .map((row) => [row.key, row.name]),
  );
  return {
    creditTypes: reader
      .select({ id: creditTypes.id, name: creditTypes.name, archivedAt: creditTypes.archivedAt })
      .from(creditTypes)
      .all(),
    ownerOfCode: (key) => taken.get(key),
  };
}

function unreadable(line: number, message: string): ImportReport {
  return {
    rows: 0,
    active: 0,
    inactive: 0,
    ignoredColumns: [],
    errorCount: 1,
    errors: [{ line, message }],
    noteCount: 0,
    notes: [],
    sample: { header: [], rows: [] },
  };
}

/** Reads and checks a file against the portal as it is now; changes nothing. */
export function checkOrganizationsFile(
  bytes: Uint8Array,
  onProgress?: (progress: ImportProgress) => void,
  db: Database = database(),
): { report: ImportReport; rows: ImportRow[] } {
  onProgress?.({ step: "reading", done: 0, total: 1 });
  const parsed = parseCsv(bytes);
  if (!parsed.ok) return { report: unreadable(parsed.fault.line, parsed.fault.message), rows: [] };
  return checkOrganizations(parsed.records, contextOf(db), onProgress);
}

/**
 * Imports a file whole or not at all. It is read and checked before the write lock is taken; inside the one
 * transaction the codes and credit types are checked again, for the portal may have changed meanwhile.
 *
 * @param also more to write in the same transaction, e.g. that the import is done; false gives up without a trace.
 */
export async function importOrganizationsFile(
  bytes: Uint8Array,
  actor: Actor,
  {
    dryRun = false,
    onProgress,
    also = () => true,
    db = database(),
  }: {
    dryRun?: boolean;
    onProgress?: (progress: ImportProgress) => void;
    also?: (tx: Transaction) => boolean;
    db?: Database;
  } = {},
): Promise<Result<ImportReport> & { report: ImportReport }> {
  assertRole(actor, "admin");
  const { report, rows } = checkOrganizationsFile(bytes, onProgress, db);
  const refusal = (message: string, found = report) => ({
    ...refused("import_refused", message),
    report: found,
  });
  if (report.errorCount > 0) return refusal(errorSummary(report));
  if (dryRun) return { ...done(report), report };
  const at = new Date();
  return write((tx) => {
    const changed = changedSince(tx, rows);
    if (changed.length > 0) {
      const now = { ...report, errorCount: changed.length, errors: changed.slice(0, REPORT_MAX_ROWS) };
      return refusal("The portal has changed since the file was checked. Nothing was imported.", now);
    }
    if (!also(tx)) return refusal("This import was done already.");
    for (let start = 0; start < rows.length; start += ROWS_A_PIECE) {
      onProgress?.({ step: "importing", done: start, total: rows.length });
      insertOrganizations(tx, rows.slice(start, start + ROWS_A_PIECE), actor, at);
    }
    return { ...done(report), report };
  }, db);
}

/** What is wrong with a report, in a sentence. */
export function errorSummary(report: ImportReport): string {
  return report.errorCount === 1
    ? "The file has 1 error. Nothing was imported."
    : `The file has ${report.errorCount} errors. Nothing was imported.`;
}

function changedSince(tx: Transaction, rows: readonly ImportRow[]) {
  const context = contextOf(tx);
  const usable = new Set(context.creditTypes.filter((type) => !type.archivedAt).map((type) => type.id));
  return rows.flatMap(({ line, code, creditTypeId }) => {
    const owner = context.ownerOfCode(codeKey(code));
    if (owner !== undefined) return [{ line, message: `code: ${code} is taken by ${owner}.` }];
    if (!usable.has(creditTypeId)) return [{ line, message: "credit_type: It is no longer in use." }];
    return [];
  });
}

import { type Database, database, type Reader, type Transaction, write } from "#db/client.ts";
import { type Actor, assertRole } from "#lib/actor.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { readRecords } from "./records.ts";
import { type ImportProgress, type ImportReport, type LineRemark, REPORT_MAX_ROWS } from "./rules.ts";
import type { Table } from "./table.ts";

/** How many rows are written between two reports of progress. */
const ROWS_A_PIECE = 1_000;

type OnProgress = (progress: ImportProgress) => void;

/** How a concept imports its files. */
export type Importer<Row> = {
  /** Checks records against the portal as it is now. */
  check: (table: Table, reader: Reader, onProgress?: OnProgress) => { report: ImportReport; rows: Row[] };
  /** What is wrong with good rows because the portal has changed since they were checked. */
  changedSince: (tx: Transaction, rows: readonly Row[]) => LineRemark[];
  insert: (tx: Transaction, rows: readonly Row[], actor: Actor, at: Date) => void;
};

export type ImportOptions = {
  dryRun?: boolean;
  onProgress?: OnProgress;
  /** More to write in the same transaction, e.g. that the import is done; false gives up without a trace. */
  also?: (tx: Transaction) => boolean;
  db?: Database;
};

export type ImportOutcome = Result<ImportReport> & { report: ImportReport };

function unreadable(line: number, message: string): ImportReport {
  return {
    rows: 0,
    emptyRows: 0,
    fileNotes: [],
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
export async function checkFile<Row>(
  importer: Importer<Row>,
  bytes: Uint8Array,
  onProgress?: OnProgress,
  db: Database = database(),
): Promise<{ report: ImportReport; rows: Row[] }> {
  onProgress?.({ step: "reading", done: 0, total: 1 });
  const table = await readRecords(bytes);
  if (!table.ok) return { report: unreadable(table.fault.line, table.fault.message), rows: [] };
  return importer.check(table, db, onProgress);
}

/**
 * Imports a file whole or not at all. It is read and checked before the write lock is taken; inside the one
 * transaction it is asked again what may have changed meanwhile.
 */
export async function importFile<Row>(
  importer: Importer<Row>,
  bytes: Uint8Array,
  actor: Actor,
  { dryRun = false, onProgress, also = () => true, db = database() }: ImportOptions = {},
): Promise<ImportOutcome> {
  assertRole(actor, "admin");
  const { report, rows } = await checkFile(importer, bytes, onProgress, db);
  const refusal = (message: string, found = report) => ({
    ...refused("import_refused", message),
    report: found,
  });
  if (report.errorCount > 0) return refusal(errorSummary(report));
  if (dryRun) return { ...done(report), report };
  const at = new Date();
  return write((tx) => {
    const changed = importer.changedSince(tx, rows);
    if (changed.length > 0) {
      const now = { ...report, errorCount: changed.length, errors: changed.slice(0, REPORT_MAX_ROWS) };
      return refusal("The portal has changed since the file was checked. Nothing was imported.", now);
    }
    if (!also(tx)) return refusal("This import was done already.");
    for (let start = 0; start < rows.length; start += ROWS_A_PIECE) {
      onProgress?.({ step: "importing", done: start, total: rows.length });
      importer.insert(tx, rows.slice(start, start + ROWS_A_PIECE), actor, at);
    }
    return { ...done(report), report };
  }, db);
}

/** What is wrong with a report, in a sentence. */
function errorSummary(report: ImportReport): string {
  return report.errorCount === 1
    ? "The file has 1 error. Nothing was imported."
    : `The file has ${report.errorCount} errors. Nothing was imported.`;
}

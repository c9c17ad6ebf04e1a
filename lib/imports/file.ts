import { type Database, database, type Reader, type Transaction, write } from "#db/client.ts";
import { auditEnd } from "#db/schema/index.ts";
import { snapshot } from "#db/statement.ts";
import type { Actor } from "#lib/actor.ts";
import { BYTE_ORDER_MARK, formatCsv } from "#lib/csv.ts";
import { done, type Refused, type Result, refused } from "#lib/result.ts";
import { scopeOfActor } from "#lib/scope/authorize.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { readRecords } from "./records.ts";
import type { ImportMode, ImportProgress, ImportReport } from "./rules.ts";
import type { Table } from "./table.ts";

/** How many rows are written between two reports of progress. */
const ROWS_A_PIECE = 1_000;

type OnProgress = (progress: ImportProgress) => void;

/** How a concept imports its files. */
export type Importer<Row> = {
  /**
   * Checks a table against what the portal has in the scope now. The rows are what is to be done; unchanged ones are left
   * out.
   */
  check: (
    table: Table,
    reader: Reader,
    scope: Scope,
    mode: ImportMode,
    onProgress?: OnProgress,
  ) => { report: ImportReport; rows: Row[]; badRows?: string[][] };
  /** @throws ForbiddenError, OutsideScopeError unless the actor may do all of the rows, in this transaction */
  authorize: (tx: Transaction, actor: Actor, rows: readonly Row[]) => void;
  /** Does a piece of the rows. A refusal rolls the whole import back. */
  apply: (tx: Transaction, rows: readonly Row[], actor: Actor, at: Date) => Refused | null;
  /** How many rows a piece has; {@link ROWS_A_PIECE} by default. */
  rowsAPiece?: number;
  /** The file that brings back what these rows change, as records with a header row. What they add stays. */
  undo: (rows: readonly Row[]) => string[][];
};

export type ImportOptions = {
  mode?: ImportMode;
  dryRun?: boolean;
  /** The digest of the preview that was agreed to; another plan is refused. */
  digest?: string | undefined;
  onProgress?: OnProgress;
  /** Takes the undo file, before anything is written; not called where nothing is changed. */
  keepUndo?: (csv: string) => void;
  /** More to write in the same transaction, e.g. that the import is done; false refuses the whole. */
  also?: (tx: Transaction) => boolean;
  db?: Database;
};

export type ImportOutcome = Result<ImportReport> & { report: ImportReport };

/** The report of a file that cannot be read at all. */
export function unreadable(mode: ImportMode, line: number, message: string): ImportReport {
  return {
    mode,
    added: 0,
    changed: 0,
    unchanged: 0,
    changes: [],
    digest: "",
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

/** Reads and checks a file against what the portal has for the actor now; changes nothing. */
export async function checkFile<Row>(
  importer: Importer<Row>,
  bytes: Uint8Array,
  actor: Actor,
  { mode = "add", onProgress, db = database() }: Pick<ImportOptions, "mode" | "onProgress" | "db"> = {},
): Promise<{ report: ImportReport; rows: Row[]; badRows?: string[][]; table: Table | null }> {
  onProgress?.({ step: "reading", done: 0, total: 1 });
  const table = await readRecords(bytes);
  if (!table.ok) {
    return { report: unreadable(mode, table.fault.line, table.fault.message), rows: [], table: null };
  }
  // One snapshot, because the rows are compared with one state of the portal. A lookup within it costs a third of one
  // that opens its own.
  const checked = snapshot(() => importer.check(table, db, scopeOfActor(db, actor), mode, onProgress), db);
  return { ...checked, table };
}

/**
 * The end of the audit trail. Every change that could affect the check of a file adds an entry, except usage: it moves the
 * balances of organizations and their first credits, so importers compare these again where they apply the rows.
 */
function auditEndOf(reader: Reader): string {
  const end = reader.select().from(auditEnd).get();
  return `${end?.lastId} ${end?.lastHash}`;
}

const STALE = "The portal has changed since the file was checked. Nothing was imported.";

/**
 * Imports a file whole or not at all. It is read and checked before the write lock is taken. Inside the one transaction
 * it is checked again where the audit trail shows that the portal has changed; another plan than before is refused.
 */
export async function importFile<Row>(
  importer: Importer<Row>,
  bytes: Uint8Array,
  actor: Actor,
  options: ImportOptions = {},
): Promise<ImportOutcome> {
  const { mode = "add", dryRun = false, digest, onProgress, keepUndo, also = () => true } = options;
  const db = options.db ?? database();
  const end = auditEndOf(db);
  const { report, rows, table } = await checkFile(importer, bytes, actor, {
    mode,
    db,
    ...(onProgress && { onProgress }),
  });
  const refusal = (message: string, latest = report) => ({
    ...refused("import_refused", message),
    report: latest,
  });
  if (report.errorCount > 0) return refusal(errorSummary(report));
  if (digest !== undefined && digest !== report.digest) return refusal(STALE);
  if (dryRun || !table) return { ...done(report), report };
  const at = new Date();
  if (report.changed > 0) keepUndo?.(BYTE_ORDER_MARK + formatCsv(importer.undo(rows)));
  return write((tx) => {
    importer.authorize(tx, actor, []);
    if (auditEndOf(tx) !== end) {
      const again = importer.check(table, tx, scopeOfActor(tx, actor), mode);
      if (again.report.errorCount > 0 || again.report.digest !== report.digest) {
        return refusal(STALE, again.report);
      }
    }
    importer.authorize(tx, actor, rows);
    if (!also(tx)) return refusal("This import was done already.");
    const size = importer.rowsAPiece ?? ROWS_A_PIECE;
    for (let start = 0; start < rows.length; start += size) {
      onProgress?.({ step: "importing", done: start, total: rows.length });
      const problem = importer.apply(tx, rows.slice(start, start + size), actor, at);
      if (problem) return { ...problem, report };
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

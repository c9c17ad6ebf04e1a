import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Database } from "#db/client.ts";
import { DatabaseUnavailableError } from "#db/unavailable.ts";
import type { Actor } from "#lib/actor.ts";
import { BYTE_ORDER_MARK, formatCsv } from "#lib/csv.ts";
import { errorsPath, failImport, finishCheck, importPath, markImportDone, undoPath } from "./commands.ts";
import { checkFile, type Importer, importFile } from "./file.ts";
import { getImport, type Import } from "./queries.ts";
import { DURING, type ImportJob, type ImportKind, type ImportProgress } from "./rules.ts";

/** What runs a job on a file of one kind, whatever its rows are. */
export type ImportTasks = {
  check: (upload: Import, bytes: Uint8Array, actor: Actor, run: Run) => Promise<void>;
  import: (upload: Import, bytes: Uint8Array, actor: Actor, run: Run) => Promise<void>;
};
type Run = { db: Database; onProgress: (progress: ImportProgress) => void };

/** The tasks of a concept's importer, which may be another one for each upload. */
export function importTasks<Row>(
  importer: Importer<Row> | ((id: string, bytes: Uint8Array, db: Database) => Importer<Row>),
): ImportTasks {
  const importerOf = (id: string, bytes: Uint8Array, db: Database) =>
    typeof importer === "function" ? importer(id, bytes, db) : importer;
  return {
    async check({ id, mode }, bytes, actor, run) {
      const importer = importerOf(id, bytes, run.db);
      const { report, badRows = [] } = await checkFile(importer, bytes, actor, { mode, ...run });
      if (badRows.length === 0) rmSync(errorsPath(id), { force: true });
      else writeFileSync(errorsPath(id), BYTE_ORDER_MARK + formatCsv(badRows), { mode: 0o600 });
      await finishCheck(id, report, run.db);
    },
    async import({ id, mode, report }, bytes, actor, run) {
      const result = await importFile(importerOf(id, bytes, run.db), bytes, actor, {
        ...run,
        mode,
        digest: report?.digest,
        keepUndo: (csv) => writeFileSync(undoPath(id), csv, { mode: 0o600 }),
        also: (tx) => markImportDone(tx, id),
      });
      if (result.ok) return;
      rmSync(undoPath(id), { force: true });
      await failImport(id, "importing", result.message, { report: result.report, db: run.db });
    },
  };
}

/** Does a job, by the tasks of the file's kind. The import's row gets the result. */
export async function runImportJob(
  job: ImportJob,
  tasks: Record<ImportKind, ImportTasks>,
  run: Run,
): Promise<void> {
  try {
    const upload = getImport(job.id, run.db);
    if (!upload) throw new Error(`no import ${job.id}`);
    const bytes = readFileSync(importPath(job.id));
    if (job.task === "check") await tasks[upload.kind].check(upload, bytes, job.actor, run);
    else await tasks[upload.kind].import(upload, bytes, job.actor, run);
  } catch (error) {
    if (!(error instanceof DatabaseUnavailableError)) throw error;
    await failImport(job.id, DURING[job.task], `${error.message} Nothing was imported.`, { db: run.db });
  }
}

import { readFileSync } from "node:fs";
import type { Database } from "#db/client.ts";
import { DatabaseUnavailableError } from "#db/unavailable.ts";
import { failImport, finishCheck, importPath, markImportDone } from "./commands.ts";
import { checkFile, type Importer, importFile } from "./file.ts";
import { getImport } from "./queries.ts";
import { DURING, type ImportJob, type ImportKind, type ImportProgress } from "./rules.ts";

/** What runs a job on a file of one kind, whatever its rows are. */
export type ImportTasks = {
  check: (bytes: Uint8Array, job: ImportJob, run: Run) => Promise<void>;
  import: (bytes: Uint8Array, job: ImportJob & { task: "import" }, run: Run) => Promise<void>;
};
type Run = { db: Database; onProgress: (progress: ImportProgress) => void };

/** The tasks of a concept's importer. */
export function importTasks<Row>(importer: Importer<Row>): ImportTasks {
  return {
    async check(bytes, { id }, { db, onProgress }) {
      const { report } = await checkFile(importer, bytes, onProgress, db);
      await finishCheck(id, report, db);
    },
    async import(bytes, { id, actor }, { db, onProgress }) {
      const result = await importFile(importer, bytes, actor, {
        onProgress,
        db,
        also: (tx) => markImportDone(tx, id),
      });
      if (!result.ok) await failImport(id, "importing", result.message, { report: result.report, db });
    },
  };
}

/** Does a job, by the tasks of the file's kind. The import's row has what came of it. */
export async function runImportJob(
  job: ImportJob,
  tasks: Record<ImportKind, ImportTasks>,
  run: Run,
): Promise<void> {
  try {
    const upload = getImport(job.id, run.db);
    if (!upload) throw new Error(`no import ${job.id}`);
    const bytes = readFileSync(importPath(job.id));
    if (job.task === "check") await tasks[upload.kind].check(bytes, job, run);
    else await tasks[upload.kind].import(bytes, job, run);
  } catch (error) {
    if (!(error instanceof DatabaseUnavailableError)) throw error;
    await failImport(job.id, DURING[job.task], `${error.message} Nothing was imported.`, { db: run.db });
  }
}

import { readFileSync } from "node:fs";
import path from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { DatabaseBusyError, openDatabase } from "#db/client.ts";
import { dataDirectory } from "#db/data-directory.ts";
import { checkOrganizationsFile, importOrganizationsFile } from "#lib/organizations/import.ts";
import { failImport, finishCheck, importFile, markImportDone } from "./commands.ts";
import { DURING, type ImportJob, type ImportProgress } from "./rules.ts";

// A thread of its own, started by jobs.ts, so that a large file keeps nobody waiting.
const job = workerData as ImportJob;
const db = openDatabase(path.join(dataDirectory(), "bursar.sqlite"));
const onProgress = (progress: ImportProgress) => parentPort?.postMessage(progress);
try {
  const bytes = readFileSync(importFile(job.id));
  if (job.task === "check") {
    await finishCheck(job.id, checkOrganizationsFile(bytes, onProgress, db).report, db);
  } else {
    const result = await importOrganizationsFile(bytes, job.actor, {
      onProgress,
      db,
      also: (tx) => markImportDone(tx, job.id),
    });
    if (!result.ok) await failImport(job.id, "importing", result.message, { report: result.report, db });
  }
} catch (error) {
  if (!(error instanceof DatabaseBusyError)) throw error;
  await failImport(job.id, DURING[job.task], `${error.message} Nothing was imported.`, { db });
} finally {
  db.$client.close();
}

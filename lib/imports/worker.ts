import { readFileSync } from "node:fs";
import path from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { openDatabase } from "#db/client.ts";
import { dataDirectory } from "#db/data-directory.ts";
import { DatabaseUnavailableError } from "#db/unavailable.ts";
import type { Actor } from "#lib/actor.ts";
import { membersImporter } from "#lib/members/import.ts";
import { organizationsImporter } from "#lib/organizations/import.ts";
import { failImport, finishCheck, importPath, markImportDone } from "./commands.ts";
import { checkFile, type Importer, importFile } from "./file.ts";
import { getImport } from "./queries.ts";
import { DURING, type ImportJob, type ImportKind, type ImportProgress } from "./rules.ts";

// A thread of its own, started by jobs.ts, so that a large file keeps nobody waiting.
const job = workerData as ImportJob;
const db = openDatabase(path.join(dataDirectory(), "bursar.sqlite"));
const onProgress = (progress: ImportProgress) => parentPort?.postMessage(progress);

const tasks = <Row>(importer: Importer<Row>) => ({
  async check(bytes: Uint8Array) {
    await finishCheck(job.id, checkFile(importer, bytes, onProgress, db).report, db);
  },
  async import(bytes: Uint8Array, actor: Actor) {
    const result = await importFile(importer, bytes, actor, {
      onProgress,
      db,
      also: (tx) => markImportDone(tx, job.id),
    });
    if (!result.ok) await failImport(job.id, "importing", result.message, { report: result.report, db });
  },
});
const KINDS: Record<ImportKind, ReturnType<typeof tasks>> = {
  organizations: tasks(organizationsImporter),
  members: tasks(membersImporter),
};

try {
  const found = getImport(job.id, db);
  if (!found) throw new Error(`no import ${job.id}`);
  const bytes = readFileSync(importPath(job.id));
  if (job.task === "check") await KINDS[found.kind].check(bytes);
  else await KINDS[found.kind].import(bytes, job.actor);
} catch (error) {
  if (!(error instanceof DatabaseUnavailableError)) throw error;
  await failImport(job.id, DURING[job.task], `${error.message} Nothing was imported.`, { db });
} finally {
  db.$client.close();
}

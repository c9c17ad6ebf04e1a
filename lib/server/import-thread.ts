import { parentPort, workerData } from "node:worker_threads";
import { databaseFile, openDatabase } from "#db/client.ts";
import { allocationsImporter } from "#lib/batches/import.ts";
import type { ImportJob } from "#lib/imports/rules.ts";
import { importTasks, runImportJob } from "#lib/imports/tasks.ts";
import { membersImporter } from "#lib/members/import.ts";
import { organizationsImporter } from "#lib/organizations/import.ts";

// The thread of lib/imports/jobs.ts, so that a large file delays no request. What each kind of file means is passed in
// here, because the concepts import lib/imports.
const job = workerData as ImportJob;
const db = openDatabase(databaseFile());
try {
  await runImportJob(
    job,
    {
      organizations: importTasks(organizationsImporter),
      members: importTasks(membersImporter),
      allocations: importTasks(allocationsImporter),
    },
    { db, onProgress: (progress) => parentPort?.postMessage(progress) },
  );
} finally {
  db.$client.close();
}

import path from "node:path";
import { Worker } from "node:worker_threads";
import { failImport } from "./commands.ts";
import { DURING, type ImportJob, type ImportProgress } from "./rules.ts";

type Jobs = { progress: Map<string, ImportProgress>; last: Promise<void> };

// On globalThis, for Next may load a module twice.
const JOBS = Symbol.for("bursar.imports");
const holder = globalThis as { [JOBS]?: Jobs };
holder[JOBS] ??= { progress: new Map(), last: Promise.resolve() };
const jobs = holder[JOBS];

/**
 * Checks or imports in a thread, one job after the other: each may need memory for a whole file.
 *
 * @returns when it has ended, well or not: the import's row says which.
 */
export function startImportJob(job: ImportJob): Promise<void> {
  jobs.progress.set(job.id, { step: "waiting", done: 0, total: 1 });
  const log = (error: unknown) => console.error(`import ${job.id}:`, error);
  jobs.last = jobs.last
    .then(() => runInThread(job))
    .catch(log)
    // A thread that ended well has moved the import on, and this finds nothing to fail.
    .then(() =>
      failImport(job.id, DURING[job.task], "The file could not be processed. Nothing was imported."),
    )
    .catch(log)
    .finally(() => jobs.progress.delete(job.id));
  return jobs.last;
}

function runInThread(job: ImportJob): Promise<void> {
  // The source itself, outside the bundle: Node strips its types.
  const file = path.join(/* turbopackIgnore: true */ process.cwd(), "lib", "imports", "worker.ts");
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: job });
    worker.on("message", (progress: ImportProgress) => jobs.progress.set(job.id, progress));
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  });
}

/** How far the job of this import is; null when none runs here. */
export function importProgress(id: string): ImportProgress | null {
  return jobs.progress.get(id) ?? null;
}

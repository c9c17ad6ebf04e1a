import path from "node:path";
import type { Worker } from "node:worker_threads";
import type { Release } from "#db/in-use.ts";
import { errorFields, log } from "#lib/log.ts";
import { processWide } from "#lib/process-wide.ts";
import { startThread } from "#lib/thread.ts";
import { failImport, holdImport, INTERRUPTED } from "./commands.ts";
import { DURING, type ImportJob, type ImportProgress } from "./rules.ts";

type Jobs = {
  progress: Map<string, ImportProgress>;
  /** The mark of each import that has jobs here, and how many. */
  marks: Map<string, { jobs: number; release: Release }>;
  last: Promise<void>;
  worker: Worker | null;
  stopped: boolean;
};

const jobs = processWide<Jobs>("lib/imports/jobs", () => ({
  progress: new Map(),
  marks: new Map(),
  last: Promise.resolve(),
  worker: null,
  stopped: false,
}));

/** The largest files that are taken, of 500,000 rows or 5,000,000 cells, need less. */
const MEMORY = { maxOldGenerationSizeMb: 1_024 };
const TOO_MUCH_MEMORY =
  "The file needs more memory than an import may take. Nothing was imported. Split it and import the parts.";
const UNPROCESSED = "The file could not be processed. Nothing was imported.";

/** Marks the import as being worked on here, with its progress, until as many jobs have released it as have held it. */
function hold(id: string): Release {
  const mark = jobs.marks.get(id) ?? { jobs: 0, release: holdImport(id) };
  mark.jobs += 1;
  jobs.marks.set(id, mark);
  return () => {
    mark.jobs -= 1;
    if (mark.jobs > 0) return;
    jobs.marks.delete(id);
    jobs.progress.delete(id);
    mark.release();
  };
}

/**
 * Checks or imports in a thread, one job after the other, because each may need memory for a whole file.
 *
 * @returns when it has ended, successfully or not; the import's row has the result.
 */
export function startImportJob(job: ImportJob): Promise<void> {
  jobs.progress.set(job.id, { step: "waiting", done: 0, total: 1 });
  const release = hold(job.id);
  const logFailure = (error: unknown) =>
    log.error("import failed", { import: job.id, ...errorFields(error) });
  const fail = (reason: string) => failImport(job.id, DURING[job.task], reason);
  jobs.last = jobs.last
    .then(() => runInThread(job))
    // A thread that has done its job has stored the result. The person may have had the file checked again since then,
    // and that check must not fail because of this job.
    .then((isDone) => (isDone ? undefined : fail(INTERRUPTED)))
    .catch((error) => {
      logFailure(error);
      const isTooMuch = (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY";
      return fail(isTooMuch ? TOO_MUCH_MEMORY : UNPROCESSED);
    })
    .catch(logFailure)
    .finally(release);
  return jobs.last;
}

/**
 * Ends the jobs before the process ends: the running one may finish within `longestMs` and is then terminated, which
 * leaves nothing of it. Those that wait do not begin. The next start marks both as interrupted.
 */
export async function stopImportJobs(longestMs: number): Promise<void> {
  jobs.stopped = true;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, longestMs);
  });
  await Promise.race([jobs.last, deadline]);
  clearTimeout(timer);
  await jobs.worker?.terminate();
}

/** @returns whether the thread has done its job; false where the process is being stopped. */
function runInThread(job: ImportJob): Promise<boolean> {
  if (jobs.stopped) return Promise.resolve(false);
  const file = path.join(/* turbopackIgnore: true */ process.cwd(), "lib", "server", "import-thread.ts");
  return new Promise((resolve, reject) => {
    const worker = startThread(file, { workerData: job, resourceLimits: MEMORY });
    jobs.worker = worker;
    worker.on("message", (progress: ImportProgress) => jobs.progress.set(job.id, progress));
    worker.on("error", reject);
    worker.on("exit", (code) => {
      jobs.worker = null;
      resolve(code === 0);
    });
  });
}

/** How far the job of this import is; null when none runs here. */
export function importProgress(id: string): ImportProgress | null {
  return jobs.progress.get(id) ?? null;
}

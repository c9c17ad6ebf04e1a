import path from "node:path";
import { Worker } from "node:worker_threads";
import { failImport } from "./commands.ts";
import type { ImportProgress } from "./rules.ts";
import type { ImportJob } from "./worker.ts";

type Running = { progress: ImportProgress; finished: Promise<void> };

// On globalThis, for Next may load a module twice.
const JOBS = Symbol.for("bursar.imports");
const holder = globalThis as { [JOBS]?: Map<string, Running> };
holder[JOBS] ??= new Map<string, Running>();
const jobs = holder[JOBS];

/** Checks or imports in a thread. @returns when it has ended, well or not: the import's row says which. */
export function startImportJob(job: ImportJob): Promise<void> {
  // The source itself, outside the bundle: Node strips its types.
  const file = path.join(/* turbopackIgnore: true */ process.cwd(), "lib", "imports", "worker.ts");
  const worker = new Worker(file, { workerData: job });
  const running: Running = {
    progress: { step: "reading", done: 0, total: 1 },
    finished: new Promise((resolve) => {
      worker.on("message", (progress: ImportProgress) => {
        running.progress = progress;
      });
      worker.on("error", async (error) => {
        console.error(`import ${job.id}: ${error.message}`);
        await failImport(job.id, "The file could not be processed. Nothing was imported.");
      });
      worker.on("exit", () => {
        jobs.delete(job.id);
        resolve();
      });
    }),
  };
  jobs.set(job.id, running);
  return running.finished;
}

/** How far the job of this import is; null when none runs here. */
export function importProgress(id: string): ImportProgress | null {
  return jobs.get(id)?.progress ?? null;
}

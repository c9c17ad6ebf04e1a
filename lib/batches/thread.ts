import path from "node:path";
import type { Worker } from "node:worker_threads";
import { DatabaseBusyError } from "#db/unavailable.ts";
import { errorFields, log } from "#lib/log.ts";
import { processWide } from "#lib/process-wide.ts";
import { startThread } from "#lib/thread.ts";
import { type AnswerOf, type ArgumentsOf, type BatchCommand, runCommand } from "./commands/table.ts";
import { type BatchMessage, type BatchProgress, type BatchTask, errorOf } from "./thread-messages.ts";

/** From this number of rows on, a batch runs in a thread: it takes longer than the start of one, and requests would wait. */
export const ROWS_FOR_THREAD = 2_000;

/** 100,000 rows need less. */
const MEMORY = { maxOldGenerationSizeMb: 1_024 };

/** Large batches run one after the other, because each holds the write lock and may need memory for 100,000 rows. */
const queue = processWide("lib/batches/thread", () => ({
  last: Promise.resolve<unknown>(undefined),
  worker: null as Worker | null,
  /** How far the running command is, with its name; null where it reports nothing. */
  progress: null as ({ name: BatchCommand } & BatchProgress) | null,
  isStopped: false,
}));

/** Ends the running thread before the process ends. Nothing of an unfinished batch is left. Those that wait do not begin. */
export async function stopBatches(): Promise<void> {
  queue.isStopped = true;
  await queue.worker?.terminate();
}

/**
 * Runs a command that changes `rows` rows: a small batch here, and a large one in a thread, so that this process goes on
 * to answer other requests.
 *
 * @throws what the command throws
 */
export function runBatch<Name extends BatchCommand>(
  name: Name,
  rows: number,
  ...input: ArgumentsOf<Name>
): Promise<AnswerOf<Name>> {
  if (rows < ROWS_FOR_THREAD) return runCommand(name, input);
  const run = queue.last.then(() => {
    // As when the database is busy: nothing was done, and the next try may succeed.
    if (queue.isStopped) throw new DatabaseBusyError();
    return runInThread({ name, input });
  });
  queue.last = run.then(
    ({ ended }) => ended,
    () => {},
  );
  return run.then(({ answer }) => answer);
}

/** How far the running command of this name is; null where none runs. */
export function batchProgress(name: BatchCommand): BatchProgress | null {
  const { progress } = queue;
  return progress?.name === name ? { done: progress.done, total: progress.total } : null;
}

/** `answer` comes before the thread has `ended`, so that the next batch has the memory of this one. */
type Run<Name extends BatchCommand> = { answer: Promise<AnswerOf<Name>>; ended: Promise<void> };

function runInThread<Name extends BatchCommand>(task: BatchTask<Name>): Run<Name> {
  const file = path.join(/* turbopackIgnore: true */ process.cwd(), "lib", "server", "batch-thread.ts");
  const worker = startThread(file, { workerData: task, resourceLimits: MEMORY });
  queue.worker = worker;
  const ended = new Promise<void>((resolve) => {
    worker.once("exit", () => {
      queue.worker = null;
      queue.progress = null;
      resolve();
    });
  });
  const answer = new Promise<AnswerOf<Name>>((resolve, reject) => {
    worker.on("message", (message: BatchMessage<Name>) => {
      if ("progress" in message) queue.progress = { name: task.name, ...message.progress };
      else if ("error" in message) reject(errorOf(message.error));
      else resolve(message.answer);
    });
    worker.once("error", (error) => {
      log.error("the thread of a batch failed", { command: task.name, ...errorFields(error) });
      reject(error);
    });
    worker.once("exit", () => reject(new Error("the thread of a batch ended without an answer")));
  });
  return { answer, ended };
}

import path from "node:path";
import { Worker } from "node:worker_threads";
import { processWide } from "#lib/process-wide.ts";
import { type AnswerOf, type ArgumentsOf, type BatchCommand, runCommand } from "./commands/table.ts";
import { type BatchMessage, type BatchTask, errorOf } from "./thread-messages.ts";

/** A batch of so many rows takes longer than the start of a thread, and other requests would wait for it. */
export const ROWS_FOR_THREAD = 2_000;

/** 100,000 rows need less. */
const MEMORY = { maxOldGenerationSizeMb: 1_024 };

/** Large batches run one after the other, because each holds the write lock and may need memory for 100,000 rows. */
const queue = processWide("lib/batches/thread", () => ({ last: Promise.resolve<unknown>(undefined) }));

/**
 * Runs a command that changes `rows` rows: a small batch here, and a large one in a thread, so that this process answers
 * other requests meanwhile.
 *
 * @throws what the command throws
 */
export function runBatch<Name extends BatchCommand>(
  name: Name,
  rows: number,
  ...input: ArgumentsOf<Name>
): Promise<AnswerOf<Name>> {
  if (rows < ROWS_FOR_THREAD) return runCommand(name, input);
  const answer = queue.last.then(() => runInThread({ name, input }));
  queue.last = answer.catch(() => {});
  return answer;
}

function runInThread<Name extends BatchCommand>(task: BatchTask<Name>): Promise<AnswerOf<Name>> {
  // The source itself, outside the bundle: Node strips its types.
  const file = path.join(/* turbopackIgnore: true */ process.cwd(), "lib", "server", "batch-thread.ts");
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: task, resourceLimits: MEMORY });
    let message: BatchMessage<Name> | undefined;
    worker.on("message", (received: BatchMessage<Name>) => {
      message = received;
    });
    worker.on("error", reject);
    worker.on("exit", () => {
      if (message === undefined) reject(new Error("the thread of a batch ended without an answer"));
      else if ("error" in message) reject(errorOf(message.error));
      else resolve(message.answer);
    });
  });
}

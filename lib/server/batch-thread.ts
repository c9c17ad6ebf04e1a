import { parentPort, workerData } from "node:worker_threads";
import { closeDatabase } from "#db/client.ts";
import { runCommand } from "#lib/batches/commands/table.ts";
import { type BatchMessage, type BatchTask, passedError } from "#lib/batches/thread-messages.ts";

// The thread of lib/batches/thread.ts. It has a handle of its own on the database.
const { name, input } = workerData as BatchTask;
const send = (message: BatchMessage) => parentPort?.postMessage(message);
try {
  send({ answer: await runCommand(name, input) });
} catch (error) {
  const passed = passedError(error);
  if (passed === null) throw error;
  send({ error: passed });
} finally {
  closeDatabase();
}

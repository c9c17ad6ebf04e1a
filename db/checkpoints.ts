import path from "node:path";
import type { Worker } from "node:worker_threads";
import { processWide } from "#lib/process-wide.ts";
import { startThread } from "#lib/thread.ts";
import { areCheckpointsLeft, database, databaseFile } from "./client.ts";

/** Rare enough for an idle machine to sleep, and frequent enough that each time has little to copy. */
const EVERY_MS = 250;
/** SQLite's default: a write that makes the write-ahead log this long, in pages, copies it into the database itself. */
const WITHOUT_THREAD_PAGES = 1_000;
/** With the thread, a write does so only when the thread does not keep up or a long reader holds it up: 64 MB. */
const WITH_THREAD_PAGES = 16_000;

const checkpoints = processWide<{ thread: Worker | null }>("db/checkpoints", () => ({ thread: null }));

/**
 * What the thread reports: an error code of SQLite when a checkpoint fails for the first time, null when one succeeds
 * again, and any other error that ends the thread.
 */
export type CheckpointReport = { fault: string | null } | { error: Error };

/**
 * Copies the write-ahead log into the database from a thread of its own. Otherwise one write in every thousand pages
 * does this while all others wait, which takes twelve times as long as a usual write. Does nothing with
 * `CHECKPOINTS=off`.
 */
export function startCheckpoints(report: (report: CheckpointReport) => void): void {
  if (checkpoints.thread || areCheckpointsLeft()) return;
  const { $client: sqlite } = database();
  const file = path.join(import.meta.dirname, "checkpoint-thread.ts");
  const thread = startThread(file, {
    workerData: { file: databaseFile(), everyMs: EVERY_MS },
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
  });
  checkpoints.thread = thread;
  thread.unref();
  thread.on("message", (fault: string | null) => report({ fault }));
  thread.on("error", (error: Error) => report({ error }));
  thread.on("online", () => sqlite.pragma(`wal_autocheckpoint = ${WITH_THREAD_PAGES}`));
  thread.on("exit", () => {
    checkpoints.thread = null;
    if (sqlite.open) sqlite.pragma(`wal_autocheckpoint = ${WITHOUT_THREAD_PAGES}`);
  });
}

/** Ends the thread, after its current checkpoint. */
export async function stopCheckpoints(): Promise<void> {
  await checkpoints.thread?.terminate();
}

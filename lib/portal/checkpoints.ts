import path from "node:path";
import { Worker } from "node:worker_threads";
import { database, databaseFile } from "#db/client.ts";
import { errorFields, log } from "#lib/log.ts";

/** Rare enough for an idle machine to sleep, and often enough that little is left to do each time. */
const EVERY_MS = 250;
/** SQLite's own: a write that has made the write-ahead log this long brings it into the database itself, in pages. */
const WITHOUT_THREAD = 1_000;
/** With the thread that is only for when it does not keep up, or is held up by a long reader: 64 MB. */
const WITH_THREAD = 16_000;

const THREAD = Symbol.for("bursar.checkpoints");
type Holder = { [THREAD]?: Worker };

/**
 * Brings the write-ahead log into the database from a thread of its own. Otherwise every hundredth write does it, with
 * everybody else waiting for the disk: twelve times what a write takes.
 */
export function startCheckpoints(): void {
  const holder = globalThis as Holder;
  if (holder[THREAD]) return;
  const { $client: sqlite } = database();
  // The source itself, outside the bundle: Node strips its types.
  const file = path.join(/* turbopackIgnore: true */ process.cwd(), "lib", "portal", "checkpoint-thread.ts");
  const thread = new Worker(file, {
    workerData: { file: databaseFile(), everyMs: EVERY_MS },
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
  });
  holder[THREAD] = thread;
  thread.unref();
  thread.on("message", (fault: string | null) => {
    if (fault === null) log.info("the write-ahead log is brought into the database again");
    else log.warn("the write-ahead log was not brought into the database", { code: fault });
  });
  thread.on("error", (error) => log.error("the thread of checkpoints failed", errorFields(error)));
  thread.on("online", () => sqlite.pragma(`wal_autocheckpoint = ${WITH_THREAD}`));
  thread.on("exit", () => {
    delete holder[THREAD];
    if (sqlite.open) sqlite.pragma(`wal_autocheckpoint = ${WITHOUT_THREAD}`);
  });
}

/** Ends the thread, after the checkpoint that it is at. */
export async function stopCheckpoints(): Promise<void> {
  await (globalThis as Holder)[THREAD]?.terminate();
}

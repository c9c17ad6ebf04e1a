import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import Sqlite from "better-sqlite3";

// The thread of `checkpoints.ts`. It loads only the driver, because everything that a thread loads is in memory twice.

const { file, everyMs } = workerData as { file: string; everyMs: number };
const sqlite = new Sqlite(file, { fileMustExist: true, timeout: 0 });
sqlite.pragma("synchronous = FULL");
sqlite.pragma("cache_size = -64");

let last: string | null = null;
for (;;) {
  await sleep(everyMs);
  let fault: string | null = null;
  try {
    // A passive checkpoint does not wait for readers or writers, and they do not wait for it.
    sqlite.pragma("wal_checkpoint(PASSIVE)");
  } catch (error) {
    const code = error instanceof Sqlite.SqliteError ? error.code : String(error);
    if (!code.startsWith("SQLITE_BUSY")) fault = code;
  }
  if (fault !== last) parentPort?.postMessage(fault);
  last = fault;
}

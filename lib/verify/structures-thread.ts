import { parentPort, workerData } from "node:worker_threads";
import Sqlite from "better-sqlite3";
import { Checks } from "./checks.ts";
import { type Claims, checkStructures, OPEN_READ_ONLY, prepareToVerify } from "./structures.ts";

// The thread of `structures.ts`. It loads few modules, because everything that a thread loads is in memory twice.

const { file, limit, claims } = workerData as { file: string; limit: number; claims: Claims };
const sqlite = new Sqlite(file, OPEN_READ_ONLY);
try {
  prepareToVerify(sqlite);
  const checks = new Checks(limit);
  checkStructures(sqlite, checks, claims);
  parentPort?.postMessage(checks.reports);
} finally {
  sqlite.close();
}

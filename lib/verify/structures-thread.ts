import { parentPort, workerData } from "node:worker_threads";
import Sqlite from "better-sqlite3";
import { Checks } from "./checks.ts";
import {
  newFindings,
  OPEN_READ_ONLY,
  type Parts,
  prepareToVerify,
  runUnclaimed,
  type ThreadResult,
} from "./structures.ts";

// The thread of `structures.ts`. It loads few modules, because everything that a thread loads is in memory twice.

const { file, limit, parts } = workerData as { file: string; limit: number; parts: Parts };
const sqlite = new Sqlite(file, OPEN_READ_ONLY);
try {
  prepareToVerify(sqlite);
  const checks = new Checks(limit);
  const findings = newFindings();
  runUnclaimed(sqlite, checks, parts, findings);
  parentPort?.postMessage({ reports: checks.reports, findings } satisfies ThreadResult);
} finally {
  sqlite.close();
}

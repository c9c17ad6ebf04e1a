import path from "node:path";
import { Worker } from "node:worker_threads";
import type Sqlite from "better-sqlite3";
import type { Checks } from "./checks.ts";
import { checkReferences } from "./references.ts";
import type { CheckReport, Fault } from "./report.ts";
import { checkDerivedColumns } from "./search.ts";

export const OPEN_READ_ONLY = { readonly: true, timeout: 10_000 } as const;

/** Lets a connection read integers as bigints, sort in files and keep 16 MB of pages. */
export function prepareToVerify(sqlite: Sqlite.Database): void {
  sqlite.defaultSafeIntegers(true);
  sqlite.pragma("temp_store = FILE");
  sqlite.pragma("trusted_schema = OFF");
  sqlite.pragma("cache_size = -16000");
}

/** The checks after the first, which either of two threads may run. */
const SHARED_CHECKS = [
  ["references", checkReferences],
  ["keys", checkDerivedColumns],
] as const;

/** The names of the checks of {@link checkStructures}. */
export const STRUCTURES = ["integrity", ...SHARED_CHECKS.map(([name]) => name)];

/** Which of the shared checks have begun, in memory that the threads share. */
export type Claims = Int32Array<SharedArrayBuffer>;

export const newClaims = (): Claims =>
  new Int32Array(new SharedArrayBuffer(SHARED_CHECKS.length * Int32Array.BYTES_PER_ELEMENT));

/** Runs those of the shared checks that no other thread has begun. */
export function runUnclaimed(sqlite: Sqlite.Database, checks: Checks, claims: Claims): void {
  for (const [at, [name, check]] of SHARED_CHECKS.entries()) {
    if (Atomics.exchange(claims, at, 1) === 0) checks.run(name, (fault) => check(sqlite, fault));
  }
}

/** Checks pages, indexes, constraints, all references but the ledger's, and that folded texts match their names. */
export function checkStructures(sqlite: Sqlite.Database, checks: Checks, claims: Claims = newClaims()): void {
  checks.run("integrity", (fault) => checkIntegrity(sqlite, fault));
  runUnclaimed(sqlite, checks, claims);
}

/**
 * Runs {@link checkStructures} in a thread, which goes on while this one computes. With the same `claims`, this one can
 * run what the thread has not begun. `stop` ends it early.
 */
export function startStructuresThread(
  file: string,
  limit: number,
  claims: Claims,
): { reports: Promise<CheckReport[]>; stop: () => Promise<unknown> } {
  const thread = new Worker(path.join(import.meta.dirname, "structures-thread.ts"), {
    workerData: { file, limit, claims },
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 },
  });
  const reports = new Promise<CheckReport[]>((resolve, reject) => {
    thread.once("message", resolve);
    thread.once("error", reject);
    thread.once("exit", (code) => reject(new Error(`the check of the structures ended with code ${code}`)));
  });
  // The thread may fail before the caller awaits the reports, which would be an unhandled rejection. The caller still
  // gets the error.
  reports.catch(() => {});
  return { reports, stop: () => thread.terminate() };
}

/** SQLite's own check. */
function checkIntegrity(sqlite: Sqlite.Database, fault: Fault): void {
  const lines = sqlite.prepare("PRAGMA integrity_check").pluck().iterate() as IterableIterator<string>;
  for (const line of lines) if (line !== "ok") fault("the database", line);
}

import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { DamagedDatabaseError } from "./copy.ts";

/** Raised with one line for the operator when a portal's database is missing or empty. */
export class LostDatabaseError extends DamagedDatabaseError {}

/** Raised with one line for the operator where a command would begin a new portal by mistake. */
export class NoDatabaseError extends Error {}

/** How long a process that creates the database may leave its file empty, in milliseconds: far longer than it takes. */
const CREATION_MS = 1_000;

const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size;

/** A file or folder beside the database that only a portal with a past leaves there, or null. */
function traceOfPortal(file: string): string | null {
  const log = `${file}-wal`;
  if ((sizeOf(log) ?? 0) > 0) return log;
  for (const name of ["snapshots", "replaced", "imports"]) {
    const folder = path.join(/* turbopackIgnore: true */ path.dirname(file), name);
    try {
      if (readdirSync(/* turbopackIgnore: true */ folder).length > 0) return folder;
    } catch {
      // It is not there.
    }
  }
  return null;
}

/**
 * Refuses a database that was there and is gone: SQLite takes a missing or an empty file for a new database, and would
 * delete the write-ahead log beside it.
 *
 * @throws LostDatabaseError with one line that tells the operator what to do.
 */
export function assertNotLost(file: string): void {
  const deadline = performance.now() + CREATION_MS;
  while (sizeOf(file) === 0 && performance.now() < deadline) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
  const size = sizeOf(file);
  if (size !== undefined && size > 0) return;
  const trace = traceOfPortal(file);
  if (size === undefined && trace === null) return;
  const state = size === undefined ? "is missing" : "is empty (0 bytes)";
  const past = trace === null ? "" : `, but ${trace} is from a portal that was here`;
  const fresh =
    trace === null
      ? `For a new portal, delete ${file} and start again.`
      : `For a new portal, set DATA_DIR to an empty folder.`;
  throw new LostDatabaseError(
    `${file} ${state}${past}. Restore the last backup (npm run bursar -- restore FILE). ${fresh}`,
  );
}

/** @throws NoDatabaseError when there is no database, and LostDatabaseError when there was one. */
export function assertExists(file: string): void {
  assertNotLost(file);
  if (sizeOf(file) !== undefined) return;
  throw new NoDatabaseError(
    `There is no database at ${file}. Set DATA_DIR to the portal's data folder, in the environment or in .env.`,
  );
}

import { statSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { database, databaseFile } from "./client.ts";
import { assertSound, DamagedDatabaseError, namingDamage } from "./copy.ts";
import { LostDatabaseError } from "./lost-database.ts";
import { storageError } from "./unavailable.ts";

/**
 * Up to this size the whole database is checked at each start, which takes a second at most. Checking a larger one would
 * delay the start for too long; `verify`, run from cron, reads all of it.
 */
const CHECKED_AT_START_BYTES = 256 * 1024 * 1024;

const ADVICE =
  "Restore the last backup (npm run bursar -- restore FILE), or see what is wrong with npm run bursar -- verify.";

/**
 * Opens the database. One that SQLite finds damaged is refused before it is migrated, because that would write to it.
 *
 * @throws DamagedDatabaseError with one line that tells the operator what to do.
 */
export function openSound(): void {
  const file = databaseFile();
  try {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size > 0 && size <= CHECKED_AT_START_BYTES) check(file);
    namingDamage(file, database);
  } catch (error) {
    if (error instanceof Sqlite.SqliteError) throw unopened(file, error);
    if (!(error instanceof DamagedDatabaseError) || error instanceof LostDatabaseError) throw error;
    throw new DamagedDatabaseError(`${error.message} ${ADVICE}`);
  }
}

/** SQLite's error with the name of the file, which its message lacks, and with what to do. */
function unopened(file: string, error: Error): Error {
  const reason = `${file} cannot be opened (${error.message}).`;
  return storageError(error)
    ? new Error(`${reason} Make room on its disk, or make it writable, and start again.`)
    : new DamagedDatabaseError(`${reason} ${ADVICE}`);
}

function check(file: string): void {
  const sqlite = namingDamage(file, () => new Sqlite(file, { readonly: true, timeout: 10_000 }));
  try {
    assertSound(sqlite, file);
  } finally {
    sqlite.close();
  }
}

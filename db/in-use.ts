import { chmodSync, existsSync, rmSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { isBusy } from "./unavailable.ts";

/** Raised when a data folder is in use and cannot be claimed or shared. */
export class DataDirectoryInUseError extends Error {}

/** Ends a hold on a data folder. */
export type Release = () => void;

/**
 * A lock on an empty SQLite file. The operating system releases it when the process ends for any reason, and it works
 * even when the database itself is too damaged to be opened.
 */
function lock(file: string, begin: string, refusal: string): Release {
  const sqlite = new Sqlite(file, { timeout: 0 });
  try {
    chmodSync(file, 0o600);
    sqlite.exec(begin);
  } catch (error) {
    sqlite.close();
    throw isBusy(error) ? new DataDirectoryInUseError(refusal) : error;
  }
  return () => sqlite.close();
}

const lockFile = (directory: string) => path.join(directory, "in-use.lock");

/**
 * Holds `file`, which only marks something as being worked on, until released or the process ends.
 *
 * @throws DataDirectoryInUseError while somebody else holds it.
 */
export function holdMark(file: string): Release {
  const release = lock(file, "BEGIN EXCLUSIVE", `${file} is held by another process.`);
  return () => {
    rmSync(file, { force: true });
    release();
  };
}

/** Whether any process holds this mark, including this one. */
export function isMarkHeld(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    holdMark(file)();
    return false;
  } catch (error) {
    if (error instanceof DataDirectoryInUseError) return true;
    throw error;
  }
}

/**
 * Marks the folder as used by this process. Every process that opens its database does so; any number may.
 *
 * @throws DataDirectoryInUseError while a restore has the folder for itself.
 */
export function shareDataDirectory(directory: string): Release {
  return lock(
    lockFile(directory),
    "BEGIN; SELECT count(*) FROM sqlite_schema",
    `A backup is being restored into ${directory}. Try again when that has ended.`,
  );
}

/**
 * Claims the folder for this process alone, to put another database in place.
 *
 * @throws DataDirectoryInUseError while a server or another command uses it.
 */
export function claimDataDirectory(directory: string): Release {
  return lock(
    lockFile(directory),
    "BEGIN EXCLUSIVE",
    `${directory} is in use. Stop the portal, and whatever else works on this folder, and try again.`,
  );
}

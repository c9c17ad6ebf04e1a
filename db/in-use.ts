import { chmodSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { isBusy } from "./unavailable.ts";

/** Raised when a data folder is in use in a way that excludes what was asked for. */
export class DataDirectoryInUseError extends Error {}

/** Ends a hold on a data folder. */
export type Release = () => void;

/**
 * An empty SQLite file whose lock says who uses the data folder: it is the operating system's, so it ends with its
 * process however that ends, and it can be asked for when the database itself is too damaged to be opened.
 */
function lock(directory: string, begin: string, refusal: string): Release {
  const file = path.join(directory, "in-use.lock");
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

/**
 * What every process does that opens the database of `directory`; any number may.
 *
 * @throws DataDirectoryInUseError while somebody has the folder for himself.
 */
export function shareDataDirectory(directory: string): Release {
  return lock(
    directory,
    "BEGIN; SELECT count(*) FROM sqlite_schema",
    `A backup is being restored into ${directory}. Try again when that has ended.`,
  );
}

/**
 * Has the folder for oneself, to put another database in place.
 *
 * @throws DataDirectoryInUseError while a server or another command uses it.
 */
export function claimDataDirectory(directory: string): Release {
  return lock(
    directory,
    "BEGIN EXCLUSIVE",
    `${directory} is in use. Stop the portal, and whatever else works on this folder, and try again.`,
  );
}

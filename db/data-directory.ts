import { accessSync, constants, existsSync, mkdirSync, opendirSync } from "node:fs";
import path from "node:path";

/** Raised with one line for the operator when the data folder cannot be used. */
export class DataDirectoryError extends Error {}

/** The folder of all the portal's data: `DATA_DIR`, or `./data`. This function does not create it. */
export function dataDirectory(): string {
  return path.resolve(/* turbopackIgnore: true */ process.env.DATA_DIR || "data");
}

/** Folder by folder: Node's own recursive mkdir never ends where a parent refuses, as under /proc. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  const parent = path.dirname(directory);
  if (parent !== directory) makeDirectory(parent);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(directory)) throw error;
  }
}

/** Creates the data folder, closed to other users. Throws an error of one line when it cannot be written. */
export function prepareDataDirectory(directory = dataDirectory()): string {
  try {
    makeDirectory(directory);
    // Refuses a file, because the check of permissions below would accept it.
    opendirSync(directory).closeSync();
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new DataDirectoryError(
      `The data folder ${directory} is not writable (${reason}). Make it writable or set DATA_DIR to a folder that is.`,
    );
  }
  return directory;
}

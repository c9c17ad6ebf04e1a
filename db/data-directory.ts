import { accessSync, constants, mkdirSync } from "node:fs";
import path from "node:path";

/** Raised with one line for the operator when the data folder cannot be used. */
export class DataDirectoryError extends Error {}

/** The folder that holds everything the portal keeps: `DATA_DIR`, or `./data`. Not created by asking. */
export function dataDirectory(): string {
  return path.resolve(/* turbopackIgnore: true */ process.env.DATA_DIR || "data");
}

/** Creates the data folder, closed to other users, and says in one line when it cannot be written. */
export function prepareDataDirectory(directory = dataDirectory()): string {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new DataDirectoryError(
      `The data folder ${directory} is not writable (${reason}). Make it writable or set DATA_DIR to a folder that is.`,
    );
  }
  return directory;
}

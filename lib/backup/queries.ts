import { statSync } from "node:fs";
import path from "node:path";
import { dataDirectory } from "#db/data-directory.ts";

/** The file that contains the time of the last backup. */
export function lastBackupFile(): string {
  return path.join(dataDirectory(), "last-backup");
}

/** When the command `backup` was last run here; null if never. */
export function lastBackupAt(): Date | null {
  return statSync(lastBackupFile(), { throwIfNoEntry: false })?.mtime ?? null;
}

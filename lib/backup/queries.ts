import { statSync } from "node:fs";
import path from "node:path";
import { dataDirectory } from "#db/data-directory.ts";

/** The file whose age is that of the last backup. */
export function lastBackupFile(): string {
  return path.join(dataDirectory(), "last-backup");
}

/** When `backup` last made one here; null when it never did. */
export function lastBackupAt(): Date | null {
  return statSync(lastBackupFile(), { throwIfNoEntry: false })?.mtime ?? null;
}

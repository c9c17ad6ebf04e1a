import { closeSync, fsyncSync, openSync } from "node:fs";

/** Waits until a file is on the disk. */
export function syncFile(file: string): void {
  const handle = openSync(file, "r+");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Waits until a folder is on the disk. After a loss of power, a file has its new name only if its folder was written
 * too.
 */
export function syncFolder(folder: string): void {
  // Windows cannot flush a folder.
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

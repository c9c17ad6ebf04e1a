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

/** Waits until a folder is: a file's new name outlasts a loss of power only when its folder has reached the disk too. */
export function syncFolder(folder: string): void {
  // Windows has no such thing.
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach } from "vitest";
import { closeDatabase } from "#db/client.ts";

/** A new folder of one test's own. */
export function makeTemporaryDirectory(): string {
  return mkdtempSync(path.join(tmpdir(), "bursar-test-"));
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

/** Gives every test of the file (or `describe`) a database of its own, behind the usual `database()`. */
export function useFreshDatabase(): void {
  let directory: string;
  let before: string | undefined;
  beforeEach(() => {
    before = process.env.DATA_DIR;
    closeDatabase();
    directory = makeTemporaryDirectory();
    process.env.DATA_DIR = directory;
  });
  afterEach(() => {
    closeDatabase();
    if (before === undefined) delete process.env.DATA_DIR;
    else process.env.DATA_DIR = before;
    removeDirectory(directory);
  });
}

/** Runs `work` on the database of a data folder, in this process. */
export async function inDatabase<T>(directory: string, work: () => Promise<T> | T): Promise<T> {
  const before = process.env.DATA_DIR;
  closeDatabase();
  process.env.DATA_DIR = directory;
  try {
    return await work();
  } finally {
    closeDatabase();
    if (before === undefined) delete process.env.DATA_DIR;
    else process.env.DATA_DIR = before;
  }
}

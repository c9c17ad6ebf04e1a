import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";

/** A new folder of one test's own. */
export function makeTemporaryDirectory(): string {
  return mkdtempSync(path.join(tmpdir(), "bursar-test-"));
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

let emptyDatabase: Buffer | null = null;

/** The file of a database without rows. It is made once in a process, because all migrations take some 200 ms. */
function emptyDatabaseFile(): Buffer {
  if (emptyDatabase) return emptyDatabase;
  const directory = makeTemporaryDirectory();
  process.env.DATA_DIR = directory;
  database();
  closeDatabase();
  emptyDatabase = readFileSync(databaseFile(directory));
  removeDirectory(directory);
  return emptyDatabase;
}

/** Gives every test of the file (or `describe`) an empty data folder, behind the usual `database()`. */
export function useFreshDataFolder(fill: (directory: string) => void = () => {}): void {
  let directory: string;
  let before: string | undefined;
  beforeEach(() => {
    before = process.env.DATA_DIR;
    closeDatabase();
    directory = makeTemporaryDirectory();
    fill(directory);
    process.env.DATA_DIR = directory;
  });
  afterEach(() => {
    closeDatabase();
    if (before === undefined) delete process.env.DATA_DIR;
    else process.env.DATA_DIR = before;
    removeDirectory(directory);
  });
}

/** Gives every test of the file (or `describe`) a database of its own, behind the usual `database()`. */
export function useFreshDatabase(): void {
  useFreshDataFolder((directory) =>
    writeFileSync(databaseFile(directory), emptyDatabaseFile(), { mode: 0o600 }),
  );
}

/**
 * Gives every test of the file (or `describe`) a copy of a data folder that `build` filled once, for tests that need much
 * data and change it in different ways.
 */
export function useCopyOfDatabase(build: () => Promise<void>): void {
  let template: string;
  beforeAll(async () => {
    template = makeTemporaryDirectory();
    writeFileSync(databaseFile(template), emptyDatabaseFile(), { mode: 0o600 });
    await inDatabase(template, build);
  });
  afterAll(() => removeDirectory(template));
  useFreshDataFolder((directory) => cpSync(template, directory, { recursive: true }));
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

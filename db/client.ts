import { channel } from "node:diagnostics_channel";
import { chmodSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { type BetterSQLite3Database, drizzle } from "drizzle-orm/better-sqlite3";
import { processWide } from "#lib/process-wide.ts";
import { dataDirectory, prepareDataDirectory } from "./data-directory.ts";
import { type Release, shareDataDirectory } from "./in-use.ts";
import { assertExists, assertNotLost } from "./lost-database.ts";
import { migrate } from "./migrate.ts";
import * as schema from "./schema/index.ts";
import { sortBeside } from "./sort-folder.ts";
import { DatabaseBusyError, isBusy, storageError } from "./unavailable.ts";

export { DatabaseBusyError, DatabaseUnavailableError, StorageError } from "./unavailable.ts";

export type Database = BetterSQLite3Database<typeof schema> & { $client: Sqlite.Database };
/** The parameter of a write's function: the same queries, inside its transaction. */
export type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0] & Pick<Database, "$client">;
/** Reads accept either. */
export type Reader = Database | Transaction;

/** Published on the channel `bursar.write` after each transaction of {@link write} that did not throw, in milliseconds. */
export type WriteTiming = { waitedMs: number; heldMs: number };

const WRITES = channel("bursar.write");
/** Tells the log of a {@link StorageError} that a write met. */
const STORAGE_FAULTS = channel("bursar.storage-fault");

/** How long one attempt may block the event loop for the write lock, in milliseconds. */
const BUSY_TIMEOUT_MS = 20;
/** How long a write waits for the lock in all, in milliseconds. */
export const WRITE_WAIT_MS = 10_000;

/** With `CHECKPOINTS=off`, a write copies the write-ahead log into the database only when it has 1 GB, in pages. */
const LEFT_PAGES = 250_000;

/**
 * Whether the setting `CHECKPOINTS` leaves checkpoints to Litestream. A checkpoint of ours lets a write start the
 * write-ahead log from its beginning, and Litestream then copies the whole database again.
 */
export function areCheckpointsLeft(): boolean {
  return process.env.CHECKPOINTS?.trim() === "off";
}

/**
 * Switches a database to write-ahead logging. SQLite stores this setting in the file.
 *
 * @throws Error with one line where SQLite cannot: processes must share memory through the file system for it
 */
export function switchToWriteAheadLog(sqlite: Sqlite.Database, file: string): void {
  if (sqlite.pragma("journal_mode = WAL", { simple: true }) === "wal") return;
  throw new Error(
    `${file} is on a file system where SQLite's write-ahead log does not work. Move DATA_DIR to a disk of this machine.`,
  );
}

/**
 * Opens and migrates the database file; the caller closes it. `:memory:` is not supported: WAL needs a file.
 *
 * For a moment, a process locks the whole file when it switches a new file to WAL, recovers one after a crash, or is
 * the last to close it. SQLite then refuses other processes immediately, whatever their timeout, so this tries again
 * for ten seconds.
 */
export function openDatabase(file: string): Database {
  const deadline = performance.now() + WRITE_WAIT_MS;
  for (;;) {
    try {
      return openOnce(file);
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1 + Math.random() * 20);
    }
  }
}

function openOnce(file: string): Database {
  const sqlite = new Sqlite(file, { timeout: WRITE_WAIT_MS });
  try {
    sqlite.defaultSafeIntegers(true);
    chmodSync(file, 0o600);
    switchToWriteAheadLog(sqlite, file);
    // The driver's default, NORMAL, may lose an acknowledged write when the power goes.
    sqlite.pragma("synchronous = FULL");
    sqlite.pragma("foreign_keys = ON");
    // Without this, REPLACE deletes rows without running their triggers.
    sqlite.pragma("recursive_triggers = ON");
    sqlite.pragma("trusted_schema = OFF");
    // In KiB. Pages that do not fit are read from the system's cache: docs/decisions/0097-a-page-cache-of-8-mb.md.
    sqlite.pragma("cache_size = -8000");
    if (areCheckpointsLeft()) sqlite.pragma(`wal_autocheckpoint = ${LEFT_PAGES}`);
    sortBeside(file);
    migrate(sqlite);
    // Not before the migrations: a new index of ten million entries would be sorted in a gigabyte of memory.
    sqlite.pragma("temp_store = MEMORY");
    sqlite.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  } catch (error) {
    sqlite.close();
    throw error;
  }
  return drizzle(sqlite, { schema });
}

type Handle = { db: Database; release: Release };
const shared = processWide<{ handle: Handle | null; isNewRefused: boolean }>("db/client", () => ({
  handle: null,
  isNewRefused: false,
}));

/** The database of a data folder. */
export function databaseFile(directory = dataDirectory()): string {
  return path.join(directory, "bursar.sqlite");
}

function openShared(): Handle {
  if (shared.isNewRefused) assertExists(databaseFile());
  const directory = prepareDataDirectory();
  const release = shareDataDirectory(directory);
  try {
    assertNotLost(databaseFile(directory));
    return { db: openDatabase(databaseFile(directory)), release };
  } catch (error) {
    release();
    throw error;
  }
}

/** The process's one handle on `DATA_DIR/bursar.sqlite`. */
export function database(): Database {
  shared.handle ??= openShared();
  return shared.handle.db;
}

/**
 * Lets {@link database} throw a NoDatabaseError where there is none, until {@link closeDatabase}: with a wrong DATA_DIR, a
 * command would otherwise leave a second portal behind.
 */
export function refuseNewDatabase(): void {
  shared.isNewRefused = true;
}

/** Closes the process's handle; the next {@link database} opens a new one. */
export function closeDatabase(): void {
  const { handle } = shared;
  shared.handle = null;
  shared.isNewRefused = false;
  handle?.db.$client.close();
  handle?.release();
}

/** Is this the refusal of a UNIQUE index or primary key? */
export function isUniqueViolation(error: unknown): boolean {
  return (
    error instanceof Sqlite.SqliteError &&
    (error.code === "SQLITE_CONSTRAINT_UNIQUE" || error.code === "SQLITE_CONSTRAINT_PRIMARYKEY")
  );
}

/** Leaves a transaction with a refusal: the driver rolls back when its function throws, and only then. */
class RolledBack extends Error {
  readonly refusal: unknown;
  constructor(refusal: unknown) {
    super("the write was refused");
    this.refusal = refusal;
  }
}

/** Is this the refusal of a `Result`, as `lib/result.ts` defines it? */
function isRefusal(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "ok" in answer && answer.ok === false;
}

/**
 * Runs `work` in one immediate transaction and returns its answer. The transaction is rolled back when `work` throws,
 * and also when it answers a refusal (`{ ok: false }`): what must be stored although the request is refused, such as a
 * failed sign-in, needs its own write.
 *
 * While another process or thread holds the lock, this waits without blocking the event loop and then runs `work` from
 * the start. `work` itself is synchronous and must have no effect outside the database.
 *
 * @param waitMs how long it waits for the lock, in milliseconds; 0 tries once
 * @throws DatabaseBusyError after that time.
 * @throws StorageError when the disk is full, read-only or failing. Nothing of the work was kept; the next may succeed.
 */
export async function write<T>(
  work: (tx: Transaction) => T,
  db: Database = database(),
  waitMs = WRITE_WAIT_MS,
): Promise<T> {
  const startedAt = performance.now();
  let lockedAt = startedAt;
  const publishTiming = () => {
    if (!WRITES.hasSubscribers) return;
    WRITES.publish({
      waitedMs: lockedAt - startedAt,
      heldMs: performance.now() - lockedAt,
    } satisfies WriteTiming);
  };
  for (;;) {
    try {
      const answer = db.transaction(
        (tx) => {
          lockedAt = performance.now();
          const answer = work(Object.assign(tx, { $client: db.$client }));
          if (isRefusal(answer)) throw new RolledBack(answer);
          return answer;
        },
        { behavior: "immediate" },
      );
      publishTiming();
      return answer;
    } catch (error) {
      if (error instanceof RolledBack) {
        publishTiming();
        return error.refusal as T;
      }
      if (!isBusy(error)) {
        const fault = storageError(error);
        if (fault) STORAGE_FAULTS.publish(fault);
        throw fault ?? error;
      }
      if (performance.now() > startedAt + waitMs) {
        throw new DatabaseBusyError();
      }
      await sleep(1 + Math.random() * 9);
    }
  }
}

import { closeSync, fdatasyncSync, openSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { oneLine } from "./one-line.ts";
import { DatabaseBusyError } from "./unavailable.ts";

/** Raised with one line for the operator when SQLite's own structures in a file are broken, or it is not a database. */
export class DamagedDatabaseError extends Error {}

/** Raised when the file system does not let a database be read. */
export class UnreadableDatabaseError extends Error {
  readonly file: string;
  constructor(file: string, cause: Error) {
    super(`${file} cannot be read: ${cause.message}`, { cause });
    this.file = file;
  }
}

/** One step of a copy: a megabyte of the usual pages. */
const PAGES_A_STEP = 256;
/** After this many steps the copy is flushed to the disk. One large flush at the end would delay other writes. */
const STEPS_A_SYNC = 8;

/** Whether SQLite reports that the file is damaged, or that it is not a database. */
export function isDamage(error: unknown): error is Error {
  return error instanceof Sqlite.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
}

/** SQLite's message quotes bytes of the file. */
function damaged(file: string, reason: string): DamagedDatabaseError {
  return new DamagedDatabaseError(`${file} is damaged, or is no database (${oneLine(reason)}).`);
}

/**
 * SQLite's quick check of a database's structures. Reads the whole file.
 *
 * @throws DamagedDatabaseError
 */
export function assertSound(sqlite: Sqlite.Database, file: string): void {
  let lines: unknown[];
  try {
    lines = sqlite.prepare("PRAGMA quick_check(1)").pluck().all();
  } catch (error) {
    if (!isDamage(error)) throw error;
    lines = [error.message];
  }
  if (lines[0] === "ok") return;
  throw damaged(file, String(lines[0]));
}

/** Runs before anything else uses the database. A file that SQLite cannot read is reported in one line. */
export function namingDamage<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isDamage(error)) throw error;
    throw damaged(file, error.message);
  }
}

/** Opens a database at one moment. Without a snapshot a copy begins again whenever somebody writes. */
function openSnapshot(file: string): Sqlite.Database {
  let sqlite: Sqlite.Database | undefined;
  try {
    return namingDamage(file, () => {
      sqlite = new Sqlite(file, { readonly: true, timeout: 10_000 });
      sqlite.exec("BEGIN");
      // The snapshot begins with the first read.
      sqlite.prepare("SELECT count(*) FROM sqlite_schema").get();
      return sqlite;
    });
  } catch (error) {
    sqlite?.close();
    if (error instanceof Sqlite.SqliteError && /^SQLITE_(CANTOPEN|READONLY|IOERR|PERM)/.test(error.code)) {
      throw new UnreadableDatabaseError(file, error);
    }
    throw error;
  }
}

/**
 * Copies a database as it is at one moment to a new file, which only its owner may read, also while others write to it.
 * Nobody waits for the copy: it reads one snapshot, a step at a time. Until it ends, the write-ahead log of the source
 * cannot be emptied and grows. The copy is one file that needs no log, and is checked before it counts.
 *
 * @throws DamagedDatabaseError when the source, or its copy, is damaged.
 * @throws UnreadableDatabaseError when the source cannot be opened or read.
 */
export async function copyDatabase(source: string, target: string): Promise<void> {
  const sqlite = openSnapshot(source);
  try {
    const file = openSync(target, "wx", 0o600);
    try {
      let steps = 0;
      await sqlite.backup(target, {
        progress() {
          steps += 1;
          if (steps % STEPS_A_SYNC === 0) fdatasyncSync(file);
          return PAGES_A_STEP;
        },
      });
    } finally {
      closeSync(file);
    }
  } finally {
    sqlite.close();
    rmSync(`${target}-journal`, { force: true });
  }
  const copy = new Sqlite(target);
  try {
    namingDamage(source, () => copy.pragma("journal_mode = DELETE"));
    assertSound(copy, source);
  } finally {
    copy.close();
  }
}

/** How long a replacement waits for the write lock, in milliseconds. */
const LOCK_WAIT_MS = 10_000;

/**
 * Gives a database that others have open the content of `source`, in one transaction: other connections read the old
 * content until it commits and the new content afterwards, without opening the database again. Other writes wait. The
 * old content, up to the last committed write, is copied to the new file `backupFile`. Both databases must have the same size
 * of page.
 *
 * @param whenLocked runs when nobody else can write to `target` any more. It may read `target` and change `source`.
 * @throws DatabaseBusyError when another write does not end.
 * @throws DamagedDatabaseError when the old content cannot be read. It is then unchanged.
 */
export async function replaceContent(
  source: string,
  target: string,
  backupFile: string,
  whenLocked: () => Promise<void> = async () => {},
): Promise<void> {
  const sqlite = new Sqlite(source, { readonly: true });
  const deadline = performance.now() + LOCK_WAIT_MS;
  try {
    for (;;) {
      let keeping: "begun" | "done" | { failed: unknown } | undefined;
      const { totalPages } = await sqlite.backup(target, {
        progress({ totalPages }) {
          // The first step took the write lock, so nobody else can write while the old content is copied. Readers still
          // see it.
          if (totalPages > 0 && keeping === undefined) {
            keeping = "begun";
            const prepare = async () => {
              await whenLocked();
              await copyDatabase(target, backupFile);
            };
            prepare().then(
              () => {
                keeping = "done";
              },
              (failed) => {
                keeping = { failed };
              },
            );
          }
          if (typeof keeping === "object") throw keeping.failed;
          return keeping === "done" ? PAGES_A_STEP : 0;
        },
      });
      // When SQLite could not get the lock it reports 0 pages, and the driver then considers the backup finished.
      if (totalPages > 0) break;
      if (performance.now() > deadline) {
        throw new DatabaseBusyError();
      }
      await sleep(20);
    }
  } finally {
    sqlite.close();
  }
  const written = new Sqlite(target);
  try {
    // The driver commits without waiting for the disk; a checkpoint waits for it.
    written.pragma("synchronous = FULL");
    written.pragma("wal_checkpoint(TRUNCATE)");
  } finally {
    written.close();
  }
}

import Sqlite from "better-sqlite3";
import { processWide } from "#lib/process-wide.ts";

// These classes are process-wide because events of several module graphs are recorded in one group: `instanceof` must
// recognise an error that another graph's copy of this module made.

/** Raised when a write failed for a temporary reason. Nothing of it was stored. */
export const DatabaseUnavailableError = processWide(
  "db/unavailable.DatabaseUnavailableError",
  () =>
    class DatabaseUnavailableError extends Error {
      /** What HTTP answers: 503 Service Unavailable, or 507 Insufficient Storage (RFC 4918). */
      readonly status: 503 | 507 = 503;
    },
);
export type DatabaseUnavailableError = InstanceType<typeof DatabaseUnavailableError>;

/** Raised when another process held the write lock for longer than a write waits. */
export const DatabaseBusyError = processWide(
  "db/unavailable.DatabaseBusyError",
  () =>
    class DatabaseBusyError extends DatabaseUnavailableError {
      constructor() {
        super("The database is busy with another change. Try again in a moment.");
      }
    },
);
export type DatabaseBusyError = InstanceType<typeof DatabaseBusyError>;

/** Whether SQLite refused because another process or thread holds a lock. */
export function isBusy(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && error.code.startsWith("SQLITE_BUSY");
}

/** Raised when the storage under the database refuses: the disk is full, read-only or failing. */
export const StorageError = processWide(
  "db/unavailable.StorageError",
  () =>
    class StorageError extends DatabaseUnavailableError {
      override readonly status: 503 | 507;
      constructor(status: 503 | 507, cause: Error) {
        super(
          status === 507
            ? "Nothing was saved: the portal's disk is full. Try again when the operator has made room."
            : "Nothing was saved: the portal cannot write to its storage. Try again when the operator has put it right.",
          { cause },
        );
        this.status = status;
      }
    },
);
export type StorageError = InstanceType<typeof StorageError>;

const FULL = /^(SQLITE_FULL|ENOSPC|EDQUOT)$/;
const FAILING =
  /^(SQLITE_(READONLY|IOERR|CANTOPEN|PERM|CORRUPT|NOTADB)(_.*)?|EIO|EROFS|EACCES|EPERM|EFBIG|EMFILE|ENFILE)$/;

/** The {@link StorageError} that a refusal of SQLite or the file system amounts to; null for any other error. */
export function storageError(error: unknown): StorageError | null {
  if (error instanceof StorageError) return error;
  const fromStorage = error instanceof Sqlite.SqliteError || (error instanceof Error && "syscall" in error);
  if (!fromStorage || !("code" in error)) return null;
  const code = String(error.code);
  if (FULL.test(code)) return new StorageError(507, error);
  return FAILING.test(code) ? new StorageError(503, error) : null;
}

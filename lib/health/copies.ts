import { existsSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { databaseFile } from "#db/client.ts";

/**
 * Whether a file is this portal's database or a copy of it: the last entry of its audit chain is in the chain of the data
 * folder's database too. False where either cannot be read.
 */
export function isOfThisPortal(file: string): boolean {
  const own = databaseFile();
  if (!existsSync(own)) return false;
  try {
    const last = read(file, "SELECT last_id AS id, last_hash AS hash FROM audit_end") as
      | { id: number; hash: string }
      | undefined;
    return (
      last !== undefined &&
      read(own, "SELECT 1 FROM audit_entries WHERE id = ? AND hash = ?", last.id, last.hash) !== undefined
    );
  } catch (error) {
    if (error instanceof Sqlite.SqliteError) return false;
    throw error;
  }
}

function read(file: string, sql: string, ...values: unknown[]): unknown {
  const sqlite = new Sqlite(file, { readonly: true, timeout: 10_000 });
  try {
    return sqlite.prepare(sql).get(...values);
  } finally {
    sqlite.close();
  }
}

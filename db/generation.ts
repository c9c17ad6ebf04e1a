import { type Database, database } from "./client.ts";

/**
 * A number that increases with every restore into an open database. Sums that a process remembers from append-only
 * tables are only valid for the number at which they were read: after a restore, the same row ids may belong to other
 * entries. The number is SQLite's schema version, which the backup API increases by one when a restore replaces the
 * content.
 */
export function contentGeneration(db: Database = database()): number {
  return Number(db.$client.pragma("schema_version", { simple: true }));
}

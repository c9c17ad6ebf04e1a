import { type Database, database } from "./client.ts";

/**
 * A number that every restore under an open handle raises, so that what a process remembers of append-only tables can
 * be told from what another history recorded under the same row ids. It is SQLite's schema version: the backup API,
 * with which a restore replaces the content, ends by setting the target's version to one more than it was.
 */
export function contentGeneration(db: Database = database()): number {
  return Number(db.$client.pragma("schema_version", { simple: true }));
}

import type { Database } from "./client.ts";

/**
 * Statements that are prepared once for each database handle, for preparing costs more than running.
 *
 * @returns what gives a handle's statements; they also run inside its transactions.
 */
export function preparedOnce<Statements>(
  prepare: (db: Database) => Statements,
): (db: Database) => Statements {
  const prepared = new WeakMap<Database, Statements>();
  return (db) => {
    const known = prepared.get(db);
    if (known) return known;
    const made = prepare(db);
    prepared.set(db, made);
    return made;
  };
}

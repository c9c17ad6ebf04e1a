import Sqlite from "better-sqlite3";
import { migrate } from "#db/migrate.ts";
import type { Fault } from "./report.ts";

type Stored = { type: string; name: string; sql: string | null };

/** Tables that Litestream makes in a database that it copies. The portal does not read them. */
const OF_LITESTREAM = ["table _litestream_lock", "table _litestream_seq"];

const OBJECTS = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'";

let objects: ReadonlyMap<string, string | null> | null = null;

/** What the migrations make, as SQL by type and name. They run once in a process, because they take most of a small check. */
function migratedObjects(): ReadonlyMap<string, string | null> {
  if (objects) return objects;
  const fresh = new Sqlite(":memory:");
  try {
    migrate(fresh);
    objects = new Map(objectsOf(fresh));
  } finally {
    fresh.close();
  }
  return objects;
}

function objectsOf(sqlite: Sqlite.Database): [object: string, sql: string | null][] {
  const rows = sqlite.prepare(OBJECTS).all() as Stored[];
  return rows.map(({ type, name, sql }) => [`${type} ${name}`, sql]);
}

/**
 * Reports every table, index and trigger that differs from what the migrations make, because constraints and guards
 * that are missing allow wrong rows later. Litestream's own tables are accepted.
 */
export function checkSchema(sqlite: Sqlite.Database, fault: Fault): void {
  const missing = new Map(migratedObjects());
  for (const [object, sql] of objectsOf(sqlite)) {
    if (OF_LITESTREAM.includes(object)) continue;
    if (!missing.has(object)) fault(object, "was not made by a migration");
    else if (missing.get(object) !== sql) fault(object, "differs from the migrations");
    missing.delete(object);
  }
  for (const object of missing.keys()) fault(object, "is missing");
}

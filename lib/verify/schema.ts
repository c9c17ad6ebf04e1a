import Sqlite from "better-sqlite3";
import { migrate } from "#db/migrate.ts";
import type { Fault } from "./report.ts";

type Stored = { type: string; name: string; sql: string | null };

/** Tables that Litestream makes in a database that it copies. The portal does not read them. */
const OF_LITESTREAM = ["table _litestream_lock", "table _litestream_seq"];

const OBJECTS = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'";

/**
 * Reports every table, index and trigger that differs from what the migrations make, because constraints and guards
 * that are missing allow wrong rows later. Litestream's own tables are accepted.
 */
export function checkSchema(sqlite: Sqlite.Database, fault: Fault): void {
  const fresh = new Sqlite(":memory:");
  try {
    migrate(fresh);
    const expected = new Map(
      (fresh.prepare(OBJECTS).all() as Stored[]).map((one) => [`${one.type} ${one.name}`, one.sql]),
    );
    for (const { type, name, sql } of sqlite.prepare(OBJECTS).all() as Stored[]) {
      const object = `${type} ${name}`;
      if (OF_LITESTREAM.includes(object)) continue;
      if (!expected.has(object)) fault(object, "was not made by a migration");
      else if (expected.get(object) !== sql) fault(object, "differs from the migrations");
      expected.delete(object);
    }
    for (const object of expected.keys()) fault(object, "is missing");
  } finally {
    fresh.close();
  }
}

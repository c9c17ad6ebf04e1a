import type { Statement } from "better-sqlite3";
import type { SQL } from "drizzle-orm";
import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import { type Database, database } from "./client.ts";

const dialect = new SQLiteSyncDialect();

/** How many texts a handle keeps prepared. The filters of one page make a few dozen. */
const MAX_PREPARED = 200;

/**
 * Prepared statements belong to a handle, and SQLite prepares them again by itself when the schema changes, a restore
 * under the open handle included: they hold no rows.
 */
const preparedBy = new WeakMap<Database, Map<string, Statement<unknown[]>>>();

/** The prepared statement of this text, the least recently used ones dropped. */
function prepared(text: string, db: Database): Statement<unknown[]> {
  const byText = preparedBy.get(db) ?? new Map<string, Statement<unknown[]>>();
  preparedBy.set(db, byText);
  const statement = byText.get(text) ?? db.$client.prepare(text);
  byText.delete(text);
  byText.set(text, statement);
  const oldest = byText.keys().next();
  if (byText.size > MAX_PREPARED && !oldest.done) byText.delete(oldest.value);
  return statement;
}

/** A query written by hand, ready to run. Integers are bigints in rows, and JavaScript numbers in `numbers()`. */
export type HandWritten<Row> = {
  all: () => Row[];
  get: () => Row | undefined;
  /** Each row as a list of its columns, which is read in half the time of an object. */
  lists: () => unknown[][];
  /** The first column alone, of integers below 2^53: a list of a million ids costs a tenth of its rows. */
  numbers: () => number[];
};

/**
 * Runs SQL that Drizzle's builder cannot express (`INDEXED BY`, `instr`, `json_each`) or that was measured to be hot.
 * Everything else is written with the builder. Statements are prepared once for each text, whatever their values are,
 * and also run inside a transaction of the handle.
 */
export function statement<Row = Record<string, unknown>>(
  query: SQL,
  db: Database = database(),
): HandWritten<Row> {
  const { sql, params } = dialect.sqlToQuery(query);
  return {
    all: () => prepared(sql, db).all(...params) as Row[],
    get: () => prepared(sql, db).get(...params) as Row | undefined,
    // The spaces make these statements of their own, because a prepared statement stores the form of its rows.
    lists: () =>
      prepared(`${sql}  `, db)
        .raw()
        .all(...params) as unknown[][],
    numbers() {
      const numeric = prepared(`${sql} `, db).pluck().safeIntegers(false);
      return numeric.all(...params) as number[];
    },
  };
}

/** The first column of a query, of integers below 2^53. */
export const readNumbers = (query: SQL): number[] => statement(query).numbers();

/** `work`'s reads see the database at one moment, whatever other processes commit between them. */
export function snapshot<T>(work: () => T, db: Database = database()): T {
  return db.$client.inTransaction ? work() : db.transaction(work, { behavior: "deferred" });
}

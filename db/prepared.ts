import type { RunResult, Statement } from "better-sqlite3";
import { is, Param, Placeholder, type Query, type SQL } from "drizzle-orm";
import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
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

type Values = Record<string, unknown>;

/** `Row` are a row's columns in their order as the driver gives them: integers as bigint, nothing decoded. */
export type DriverStatement<Row extends unknown[]> = {
  run: (values: Values) => RunResult;
  get: (values: Values) => Row | undefined;
};

/**
 * A Drizzle query as a statement of the driver's own, with the query's placeholders: for the few statements that run
 * for every reported event, where what Drizzle does for each value and row costs as much as SQLite's own work.
 */
export function driverStatement<Row extends unknown[] = never>(
  db: Database,
  query: { toSQL: () => Query },
): DriverStatement<Row> {
  const { sql, params } = query.toSQL();
  const statement = db.$client.prepare<unknown[], Row>(sql);
  if (statement.reader) statement.raw();
  const binders = params.map((param): ((values: Values) => unknown) => {
    const encoder = is(param, Param) ? param.encoder : null;
    const named = is(param, Param) ? param.value : param;
    if (!is(named, Placeholder)) return () => param;
    const { name } = named;
    return (values) => {
      const value = values[name];
      if (value === undefined) throw new Error(`no value for the placeholder ${name}`);
      return value === null || encoder === null ? value : encoder.mapToDriverValue(value);
    };
  });
  const bound = (values: Values) => binders.map((bind) => bind(values));
  return {
    run: (values) => statement.run(bound(values)),
    get: (values) => statement.get(bound(values)),
  };
}

const dialect = new SQLiteSyncDialect();
/** So many texts are kept, those asked for last; a page's filters make a few dozen. */
const MOST_KEPT = 200;
const statementsOf = preparedOnce(() => new Map<string, Statement<unknown[]>>());

/** The rows of a statement that is put together by what is asked for: prepared once a text, whatever its values. */
export function rowsOf<Row>(query: SQL, db: Database): Row[] {
  const { sql, params } = dialect.sqlToQuery(query);
  const kept = statementsOf(db);
  const statement = kept.get(sql) ?? db.$client.prepare(sql);
  kept.delete(sql);
  kept.set(sql, statement);
  const oldest = kept.keys().next();
  if (kept.size > MOST_KEPT && !oldest.done) kept.delete(oldest.value);
  return statement.all(...params) as Row[];
}

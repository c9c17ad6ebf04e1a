import type { RunResult } from "better-sqlite3";
import { is, Param, Placeholder, type Query } from "drizzle-orm";
import type { Database } from "./client.ts";

/**
 * Prepares a concept's hot statements once for each database handle, because preparing costs more than running.
 *
 * @returns a function that gives the statements of a handle; they also run inside its transactions
 */
export function preparedOnce<Statements>(
  prepare: (db: Database) => Statements,
): (db: Database) => Statements {
  const prepared = new WeakMap<Database, Statements>();
  return (db) => {
    const existing = prepared.get(db);
    if (existing) return existing;
    const statements = prepare(db);
    prepared.set(db, statements);
    return statements;
  };
}

type Values = Record<string, unknown>;

/** `Row` is a row's columns in order, as the driver gives them: integers as bigint, nothing decoded. */
export type DriverStatement<Row extends unknown[]> = {
  run: (values: Values) => RunResult;
  get: (values: Values) => Row | undefined;
};

/**
 * A Drizzle query as a statement of the driver, with the query's placeholders. It is for the few statements that run for
 * every reported event: there, Drizzle's mapping of values and rows costs as much as SQLite's own work.
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

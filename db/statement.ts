import type { Statement as DriverStatement, RunResult } from "better-sqlite3";
import { is, Param, Placeholder, type Query, type SQL } from "drizzle-orm";
import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import { type Database, database, type Reader } from "./client.ts";

/** The values of a statement's placeholders. */
type Values = Record<string, unknown>;

/** A query of Drizzle's builder. */
type BuilderQuery = {
  toSQL: () => Query;
  prepare: () => { get: (values?: Values) => unknown; all: (values?: Values) => unknown };
};
type Prepared<Q extends BuilderQuery> = ReturnType<Q["prepare"]>;

/** A prepared statement. It runs on the handle of `db`, which may be in a transaction. */
export type Statement<Row, Rows> = {
  get: (values?: Values, db?: Reader) => Row;
  all: (values?: Values, db?: Reader) => Rows;
  run: (values?: Values, db?: Reader) => RunResult;
  /**
   * The first row as the driver gives it: its columns in order, integers as bigint, nothing decoded. For a small row,
   * Drizzle's decoding costs as much as SQLite's own work.
   */
  list: <Columns extends unknown[]>(values?: Values, db?: Reader) => Columns | undefined;
  /** All rows like {@link Statement.list}. */
  lists: <Columns extends unknown[]>(values?: Values, db?: Reader) => Columns[];
  /** The first column alone, of integers below 2^53: a list of a million ids costs a tenth of its rows. */
  numbers: (values?: Values, db?: Reader) => number[];
};

/** A statement on one handle. The driver stores the form of the rows in a statement, so each form is another one. */
type OnHandle = {
  bind: (values: Values) => unknown[];
  rows: () => DriverStatement<unknown[]>;
  lists: () => DriverStatement<unknown[]>;
  numbers: () => DriverStatement<unknown[]>;
  typed: () => { get: (values?: Values) => unknown; all: (values?: Values) => unknown };
};

/**
 * A statement that was measured to be hot, or whose SQL Drizzle's builder cannot express (`INDEXED BY`, `instr`,
 * `json_each`). Everything else runs with the builder.
 *
 * - From a function that gives a query of the builder: made once, where a concept lists its hot statements, with
 *   `sql.placeholder()` for the values. It is prepared once for each handle, because preparing costs more than running.
 *   `get` and `all` give the rows that Drizzle decodes.
 * - From SQL, made at each call with its values in it. The text is prepared once for each handle. `get` and `all` give
 *   the rows of the driver, as objects of type `Row`.
 *
 * Statements hold no rows, and SQLite prepares them again by itself when the schema changes, a restore under the open
 * handle included.
 */
export function statement<Row = Record<string, unknown>>(query: SQL): Statement<Row | undefined, Row[]>;
export function statement<Q extends BuilderQuery>(
  query: (db: Reader) => Q,
): Statement<ReturnType<Prepared<Q>["get"]>, ReturnType<Prepared<Q>["all"]>>;
export function statement(query: SQL | ((db: Reader) => BuilderQuery)): Statement<unknown, unknown> {
  const on = typeof query === "function" ? builderStatement(query) : textStatement(query);
  return {
    get: (values = {}, db = database()) => on(db).typed().get(values),
    all: (values = {}, db = database()) => on(db).typed().all(values),
    run(values = {}, db = database()) {
      const { rows, bind } = on(db);
      return rows().run(bind(values));
    },
    list<Columns extends unknown[]>(values: Values = {}, db = database()) {
      const { lists, bind } = on(db);
      return lists().get(bind(values)) as Columns | undefined;
    },
    lists<Columns extends unknown[]>(values: Values = {}, db = database()) {
      const { lists, bind } = on(db);
      return lists().all(bind(values)) as Columns[];
    },
    numbers(values = {}, db = database()) {
      const { numbers, bind } = on(db);
      return numbers().all(bind(values)) as number[];
    },
  };
}

function once<T>(make: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= make();
    return value;
  };
}

function builderStatement(query: (db: Reader) => BuilderQuery): (db: Reader) => OnHandle {
  const byHandle = new WeakMap<Database["$client"], OnHandle>();
  return (db) => {
    const existing = byHandle.get(db.$client);
    if (existing) return existing;
    const built = query(db);
    const { sql, params } = built.toSQL();
    const prepare = () => db.$client.prepare<unknown[]>(sql);
    const onHandle = {
      bind: binder(params),
      rows: once(prepare),
      lists: once(() => prepare().raw()),
      numbers: once(() => prepare().pluck().safeIntegers(false)),
      typed: once(() => built.prepare()),
    };
    byHandle.set(db.$client, onHandle);
    return onHandle;
  };
}

const dialect = new SQLiteSyncDialect();

function textStatement(query: SQL): (db: Reader) => OnHandle {
  const { sql, params } = dialect.sqlToQuery(query);
  const bind = binder(params);
  return (db) => {
    const rows = () => preparedText(sql, db);
    return {
      bind,
      rows,
      // The spaces make texts of their own.
      lists: () => preparedText(`${sql}  `, db).raw(),
      numbers: () => preparedText(`${sql} `, db).pluck().safeIntegers(false),
      typed: () => ({
        get: (values = {}) => rows().get(bind(values)),
        all: (values = {}) => rows().all(bind(values)),
      }),
    };
  };
}

/** How many texts a handle keeps prepared. The filters of one page make a few dozen. */
const MAX_PREPARED = 200;

const textsByHandle = new WeakMap<Database["$client"], Map<string, DriverStatement<unknown[]>>>();

/** The prepared statement of this text; the least recently used ones are dropped. */
function preparedText(text: string, db: Reader): DriverStatement<unknown[]> {
  const byText = textsByHandle.get(db.$client) ?? new Map<string, DriverStatement<unknown[]>>();
  textsByHandle.set(db.$client, byText);
  const prepared = byText.get(text) ?? db.$client.prepare<unknown[]>(text);
  byText.delete(text);
  byText.set(text, prepared);
  const oldest = byText.keys().next();
  if (byText.size > MAX_PREPARED && !oldest.done) byText.delete(oldest.value);
  return prepared;
}

/** Gives the parameters of a query their values, encoded as the placeholder's column is. */
function binder(params: readonly unknown[]): (values: Values) => unknown[] {
  const slots = params.map((param) => {
    const placeholder = is(param, Param) ? param.value : param;
    if (!is(placeholder, Placeholder)) return { name: null, constant: param, encoder: null };
    return { name: placeholder.name, constant: null, encoder: is(param, Param) ? param.encoder : null };
  });
  return (values) => {
    const bound: unknown[] = [];
    for (const { name, constant, encoder } of slots) {
      const value = name === null ? constant : values[name];
      if (value === undefined) throw new Error(`no value for the placeholder ${name}`);
      bound.push(value === null || encoder === null ? value : encoder.mapToDriverValue(value));
    }
    return bound;
  };
}

/** `work`'s reads see the database at one moment, whatever other processes commit between them. */
export function snapshot<T>(work: () => T, db: Database = database()): T {
  return db.$client.inTransaction ? work() : db.transaction(work, { behavior: "deferred" });
}

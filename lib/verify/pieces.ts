import type Sqlite from "better-sqlite3";

/** How many rows are read at once, which takes less time than one by one and little memory. */
const ROWS_AT_ONCE = 1_000;

type Integer = number | bigint;

/** A value of a column as the driver reads it, other than a blob. */
export type Value = number | string | null;

/** Whether a key comes after another in SQLite's order, by the first of their `columns` that differs. */
export function isAfter(
  key: readonly (Value | bigint)[],
  other: readonly (Value | bigint)[],
  columns: number,
): boolean {
  for (let at = 0; at < columns; at += 1) {
    const value = key[at] ?? null;
    const before = other[at] ?? null;
    if (value === before) continue;
    // Nulls come first, then numbers, then texts.
    if (value === null) return false;
    if (before === null) return true;
    if (typeof value === "string") return typeof before !== "string" || isTextAfter(value, before);
    return typeof before !== "string" && value > before;
  }
  return false;
}

/** SQLite compares texts by their bytes, JavaScript by units of UTF-16, which differs for letters beyond 16 bits. */
const isTextAfter = (text: string, other: string) =>
  BEYOND_UTF16_ORDER.test(text) || BEYOND_UTF16_ORDER.test(other)
    ? Buffer.compare(Buffer.from(text), Buffer.from(other)) > 0
    : text > other;

const BEYOND_UTF16_ORDER = /[\ud800-\uffff]/;

/**
 * All rows of a table in the order of its primary key, as lists of columns, many at once.
 *
 * @param options the columns, which begin with those of the key; whether integers are bigints
 * @throws RangeError when the order is broken, so that a walk over a damaged file ends too
 */
export function* readInPieces<Row extends readonly unknown[]>(
  sqlite: Sqlite.Database,
  table: string,
  { key, columns, safeIntegers }: { key: readonly string[]; columns: string; safeIntegers: boolean },
): Generator<Row[]> {
  const names = key.join(", ");
  const prepare = (where: string) =>
    sqlite
      .prepare(`SELECT ${names}, ${columns} FROM ${table} ${where} ORDER BY ${names} LIMIT ${ROWS_AT_ONCE}`)
      .raw()
      .safeIntegers(safeIntegers);
  const next = prepare(`WHERE (${names}) > (${key.map(() => "?").join(", ")})`);
  let last: readonly Integer[] | null = null;
  for (;;) {
    const rows = (last ? next.all(...last) : prepare("").all()) as Row[];
    const end = rows.at(-1)?.slice(0, key.length) as readonly Integer[] | undefined;
    if (!end) return;
    if (last && !isAfter(end, last, key.length)) {
      throw new RangeError(`the rows of ${table} are not in the order of their keys`);
    }
    last = end;
    yield rows;
  }
}

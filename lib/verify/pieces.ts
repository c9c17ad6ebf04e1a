import type Sqlite from "better-sqlite3";

/** So many rows are read at once, which takes less time than one by one and little memory. */
const ROWS_AT_ONCE = 1_000;

type Integer = number | bigint;

/** Whether a key comes after another, by its first column that differs. */
function isAfter(key: readonly Integer[], other: readonly Integer[]): boolean {
  const differing = key.findIndex((value, at) => value !== other[at]);
  const [value, before] = [key[differing], other[differing]];
  return value !== undefined && before !== undefined && value > before;
}

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
    if (last && !isAfter(end, last)) {
      throw new RangeError(`the rows of ${table} are not in the order of their keys`);
    }
    last = end;
    yield rows;
  }
}

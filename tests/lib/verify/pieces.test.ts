import Sqlite from "better-sqlite3";
import { expect, it, test } from "vitest";
import { isAfter, readInPieces } from "#lib/verify/pieces.ts";

test("keys come in the order in which SQLite sorts them: nulls, numbers, texts by their bytes", () => {
  const values = [null, -5, 0, 3, 2 ** 40, "", "A", "a", "ab", "é", "\uffee", "\u{1f600}"];
  const sorted = new Sqlite(":memory:")
    .prepare("SELECT value FROM json_each(?) ORDER BY value")
    .pluck()
    .all(JSON.stringify(values.toReversed()));
  expect(sorted).toEqual(values);
  for (const [at, value] of values.entries()) {
    for (const [before, other] of values.entries()) {
      expect(isAfter([value], [other], 1)).toBe(at > before);
    }
  }
});

it("compares the first of the columns that differs, and no more than it should", () => {
  expect(isAfter([1, 2, 9], [1, 3, 0], 3)).toBe(false);
  expect(isAfter([1, 4, 0], [1, 3, 9], 3)).toBe(true);
  expect(isAfter([1, 3, 9], [1, 3, 0], 2)).toBe(false);
  expect(isAfter([2n, 1n], [1n, 5n], 2)).toBe(true);
});

it("reads all rows by a key of two columns, many at once", () => {
  const sqlite = new Sqlite(":memory:");
  sqlite.exec(`CREATE TABLE t (a, b, c, PRIMARY KEY (a, b));
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2499)
    INSERT INTO t SELECT i / 1500, i, i * 2 FROM n`);
  const pieces = [
    ...readInPieces<number[]>(sqlite, "t", { key: ["a", "b"], columns: "c", safeIntegers: false }),
  ];
  expect(pieces.map((rows) => rows.length)).toEqual([1_000, 1_000, 500]);
  expect(
    pieces.flat().every(([a, b, c], at) => a === Math.floor(at / 1_500) && b === at && c === at * 2),
  ).toBe(true);
});

it("ends at rows whose order is not that of their keys, because it could read on forever", () => {
  const sqlite = new Sqlite(":memory:");
  // SQLite has "Z2" after "z" here, and the bytes of the texts the other way round.
  sqlite.exec(`CREATE TABLE t (a TEXT COLLATE NOCASE PRIMARY KEY, b);
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 998) INSERT INTO t SELECT 'a' || i, 1 FROM n;
    INSERT INTO t VALUES ('z', 1), ('Z2', 1)`);
  const pieces = readInPieces(sqlite, "t", { key: ["a"], columns: "b", safeIntegers: false });
  expect(pieces.next().value).toHaveLength(1_000);
  expect(() => pieces.next()).toThrow("the rows of t are not in the order of their keys");
});

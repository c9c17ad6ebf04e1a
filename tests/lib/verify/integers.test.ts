import { expect, test } from "vitest";
import { integer, isInteger, negative, plus } from "#lib/verify/ledger/integers.ts";

test("an integer has one form: a number where a number holds it exactly, else a bigint", () => {
  expect([integer(5n), integer(-5n), integer(0)]).toEqual([5, -5, 0]);
  expect(integer(9_007_199_254_740_991n)).toBe(9_007_199_254_740_991);
  expect(integer(9_007_199_254_740_992n)).toBe(9_007_199_254_740_992n);
});

test("sums are exact, and of that form", () => {
  expect(plus(2, 3)).toBe(5);
  expect(plus(9_007_199_254_740_991, 2)).toBe(9_007_199_254_740_993n);
  expect(plus(9_007_199_254_740_993n, -2)).toBe(9_007_199_254_740_991);
  expect(plus(900_000_000_000_000_000n, -900_000_000_000_000_000n)).toBe(0);
  expect([negative(3), negative(0), negative(9_007_199_254_740_993n)]).toEqual([
    -3,
    0,
    -9_007_199_254_740_993n,
  ]);
});

test.each([
  [1, true],
  [1n, true],
  [1.5, false],
  [9_007_199_254_740_992, false],
  ["1", false],
  [null, false],
])("%s is an integer that is read exactly: %s", (value, expected) => {
  expect(isInteger(value)).toBe(expected);
});

import { expect, it } from "vitest";
import { sortedInPieces } from "#lib/members/queries/member-order.ts";

/** Runs the generator to its end. @returns what it returns, and how often it paused. */
function run(items: readonly number[], compare: (one: number, other: number) => number) {
  const pieces = sortedInPieces(items, compare);
  let pauses = 0;
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return { sorted: value, pauses };
    pauses += 1;
  }
}

it("sorts as Array.sort does, with a pause after each piece", () => {
  // A permutation, because 7919 and 35003 have no common divisor.
  const items = Array.from({ length: 35_003 }, (_, n) => (n * 7_919) % 35_003);
  const { sorted, pauses } = run(items, (one, other) => other - one);
  expect(sorted).toEqual(Array.from({ length: 35_003 }, (_, n) => 35_002 - n));
  // Three full pieces, two merges of two, and one of all.
  expect(pauses).toBe(6);
});

it("pauses while it merges many", () => {
  const items = Array.from({ length: 210_000 }, (_, n) => -n);
  const { sorted, pauses } = run(items, (one, other) => one - other);
  expect(sorted[0]).toBe(-209_999);
  expect(sorted).toHaveLength(210_000);
  // 21 full pieces and an empty one, 11 + 6 + 3 + 2 + 1 merges, one pause in that of 160,000, two in that of 210,000.
  expect(pauses).toBe(47);
});

it("keeps equal items in their order, and sorts nothing", () => {
  const items = Array.from({ length: 25_000 }, (_, n) => n);
  expect(run(items, () => 0).sorted).toEqual(items);
  expect(run([], () => 0)).toEqual({ sorted: [], pauses: 0 });
});

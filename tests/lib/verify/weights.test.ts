import fc from "fast-check";
import { expect, test } from "vitest";
import { highBits, lowBits, mixValue, SumOfProducts, weight } from "#lib/verify/weights.ts";

test("a sum of products is exact, however many and large they are", () => {
  const sum = new SumOfProducts();
  let exact = 0n;
  // The largest amounts and weights, more often than its parts hold without a carry.
  for (let count = 0; count < 1_000; count += 1) {
    sum.add(Number.MAX_SAFE_INTEGER, 2 ** 34 - 1);
    exact += 9_007_199_254_740_991n * 17_179_869_183n;
  }
  sum.add(-Number.MAX_SAFE_INTEGER, 2 ** 34 - 1);
  exact -= 9_007_199_254_740_991n * 17_179_869_183n;
  expect(sum.value()).toBe(exact);
  expect(sum.value()).toBe(exact);
});

test("a sum of products is that of whole numbers without limits", () => {
  const product = fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 2 ** 34 - 1 }));
  fc.assert(
    fc.property(fc.array(product, { maxLength: 300 }), (products) => {
      const sum = new SumOfProducts();
      for (const [value, weight] of products) sum.add(value, weight);
      expect(sum.value()).toBe(products.reduce((all, [a, b]) => all + BigInt(a) * BigInt(b), 0n));
    }),
  );
});

test("a weight depends on the seed and on each part, in its place", () => {
  const weights = [
    ...[weight(1, 2, 3, 4), weight(2, 2, 3, 4), weight(1, 3, 3, 4), weight(1, 2, 4, 4), weight(1, 2, 3, 5)],
    ...[weight(1, 3, 2, 4), weight(1, 4, 3, 2)],
  ];
  expect(new Set(weights).size).toBe(7);
  for (const one of weights) {
    expect(Number.isInteger(one) && one >= 0 && one < 2 ** 32).toBe(true);
  }
  expect(weight(1, 2, 3, 4)).toBe(weights[0]);
});

test.each([
  [0, 0, 0],
  [5, 0, 5],
  [2 ** 32 + 5, 1, 5],
  [2 ** 52 + 7, 2 ** 20, 7],
])("%d has the halves %d and %d", (value, high, low) => {
  expect([highBits(value), lowBits(value)]).toEqual([high, low]);
});

test("a value changes a hash by its type, by each of its bits or letters, and by its place", () => {
  const values = [
    ...[null, 0, 1, -1, 2 ** 32, 2 ** 32 + 1, -(2 ** 32), Number.MAX_SAFE_INTEGER],
    ...["", "a", "b", "ab", "ba", "abc", "abd", "\0", "a\0", "\u0100", "\u{1f600}", "0", "1"],
  ];
  const hashes = values.map((value) => mixValue(7, value));
  expect(new Set(hashes).size).toBe(21);
  expect(new Set([...hashes, ...values.map((value) => mixValue(8, value))]).size).toBe(42);
  expect(mixValue(mixValue(7, 1), 2)).not.toBe(mixValue(mixValue(7, 2), 1));
  for (const hash of hashes) expect(hash).toBe(hash | 0);
});

test("a large integer, null and a text differ from ids of the same bits", () => {
  const ofIds = (...ids: number[]) => ids.reduce(mixValue, 7);
  expect(mixValue(7, 2 ** 32 + 5)).not.toBe(ofIds(5, 1));
  expect(mixValue(7, null)).not.toBe(ofIds(0x6e756c6c));
  expect(mixValue(7, "")).not.toBe(ofIds(0x74657874, 0));
});

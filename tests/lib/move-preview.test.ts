import { expect, test } from "vitest";
import { movedWorthText } from "#lib/ledger/rules.ts";
import { movePreview } from "#lib/move-preview.ts";

const figures = {
  rate: 100_000_000n,
  currency: { code: "SGD", decimals: 2 },
  pool: 1_039_900_000_000n,
  balance: 271_847_800_000n,
};

test.each([
  ["allocation", "1,000,000", "= S$10,000.00 · pool after: 39,900 · balance after: 1,271,847.8"],
  ["allocation", "1 000 000", "= S$10,000.00 · pool after: 39,900 · balance after: 1,271,847.8"],
  ["allocation", "1_000_000", "= S$10,000.00 · pool after: 39,900 · balance after: 1,271,847.8"],
  ["return", "0.8", "= S$0.01 · pool after: 1,039,900.8 · balance after: 271,847"],
  ["allocation", "1039900", "= S$10,399.00 · pool after: 0 · balance after: 1,311,747.8"],
] as const)("%s of %j: %s", (kind, typed, text) => {
  expect(movePreview(kind, typed, figures)).toEqual({ text, isShort: false });
});

test("a purchase has no balance after it", () => {
  expect(movePreview("purchase", "100", { ...figures, pool: 0n, balance: null })).toEqual({
    text: "= S$1.00 · pool after: 100",
    isShort: false,
  });
});

test.each([
  [
    "allocation",
    "1039900.000001",
    "= S$10,399.00 · more than there is: only 1,039,900 credits are in the pool",
  ],
  ["return", "271848", "= S$2,718.48 · more than there is: only 271,847.8 credits are in the balance"],
] as const)("%s of %j is more than there is", (kind, typed, text) => {
  expect(movePreview(kind, typed, figures)).toEqual({ text, isShort: true });
});

test.each(["", "0", "-1", "1,00", "ten", "1e6"])("%j has no preview", (typed) => {
  expect(movePreview("allocation", typed, figures)).toBeNull();
});

test("the message after a movement has what it is worth", () => {
  const moved = { amount: 100_000_000n, balanceAfter: 250_000_000n, name: "Marketing", repeated: false };
  expect(movedWorthText("allocation", moved, "S$1.00")).toBe(
    "100 credits were added to Marketing, whose balance is now 250 credits. They are worth S$1.00.",
  );
  expect(movedWorthText("purchase", { ...moved, amount: 1_000_000n }, "S$0.01")).toMatch(
    /\. It is worth S\$0\.01\.$/,
  );
});

import { describe, expect, test } from "vitest";
import {
  ACCOUNTS,
  effectsOf,
  MAX_ENTERPRISE_CREDITS,
  movedText,
  movedWorthText,
  note,
  oppositeAccounts,
  poolChange,
  purchaseInput,
  requestId,
  reversalInput,
  transferInput,
} from "#lib/ledger/rules.ts";

describe("accounts", () => {
  test.each([
    ["purchase", { available: 5n, balance: 0n, purchased: 5n, spent: 0n }],
    ["allocation", { available: -5n, balance: 5n, purchased: 0n, spent: 0n }],
    ["return", { available: 5n, balance: -5n, purchased: 0n, spent: 0n }],
    ["spend", { available: 0n, balance: -5n, purchased: 0n, spent: 5n }],
  ] as const)("a %s and its reversal change these figures", (kind, effects) => {
    expect(effectsOf(ACCOUNTS[kind], 5n)).toEqual(effects);
    const opposite = Object.fromEntries(Object.entries(effects).map(([name, change]) => [name, 0n - change]));
    expect(effectsOf(oppositeAccounts(ACCOUNTS[kind]), 5n)).toEqual(opposite);
  });

  test.each([
    ["purchase", 5n],
    ["allocation", -5n],
    ["return", 5n],
    ["spend", 0n],
  ] as const)("a %s of 5 changes its pool by %i", (kind, change) => {
    expect(poolChange({ ...ACCOUNTS[kind], amount: 5n })).toBe(change);
  });

  test("every sum of all pools fits a 64-bit integer", () => {
    expect(MAX_ENTERPRISE_CREDITS).toBe(9_000_000_000_000_000_000n);
    expect(MAX_ENTERPRISE_CREDITS).toBeLessThan(2n ** 63n);
  });
});

describe("a request's id", () => {
  test("is not that of an organization's initial credits", () => {
    expect(requestId.safeParse("initial-credits").success).toBe(false);
  });

  test.each(["a".repeat(8), "A-z_0.9:", "a".repeat(100)])("takes %s", (id) => {
    expect(requestId.parse(id)).toBe(id);
  });

  test.each(["", "a".repeat(7), "a".repeat(101), "order 0007", "order-0007\n", "ördér-0007", "order/0007"])(
    "refuses %j",
    (id) => {
      expect(requestId.safeParse(id).error?.issues.map((issue) => issue.message)).toEqual([
        "Reload the page and try again.",
      ]);
    },
  );
});

describe("a note", () => {
  test.each([
    [undefined, null],
    ["", null],
    [" \t ", null],
    ["  PO  7 ", "PO 7"],
    ["e\u0301te\u0301", "été"],
    ["😀".repeat(200), "😀".repeat(200)],
  ])("%j is kept as %j", (text, kept) => {
    expect(note.parse(text)).toBe(kept);
  });

  test.each([
    ["x".repeat(201), "At most 200 characters."],
    ["a\u200Bb", "Holds an invisible character. Remove it."],
  ])("%j is refused", (text, message) => {
    expect(note.safeParse(text).error?.issues.map((issue) => issue.message)).toEqual([message]);
  });
});

describe("forms", () => {
  const REQUEST = { amount: "0.5", note: "", requestId: "order-0007" };

  test("are read into row ids, micro-credits and null for no note", () => {
    expect(purchaseInput.parse({ ...REQUEST, creditType: "7" })).toEqual({
      creditType: 7,
      amount: 500_000n,
      note: null,
      requestId: "order-0007",
    });
    expect(transferInput.parse({ ...REQUEST, organization: "7" })).toEqual({
      organization: 7,
      amount: 500_000n,
      note: null,
      requestId: "order-0007",
    });
    expect(reversalInput.parse({ entry: "7", requestId: "order-0007" })).toEqual({
      entry: 7,
      note: null,
      requestId: "order-0007",
    });
  });

  test.each([
    ["", "Enter an amount."],
    ["  ", "Enter an amount."],
    ["0", "Must be more than 0."],
    ["-1", "Must not be negative."],
    ["0.0000001", "At most 6 decimal places."],
    ["1000000000000.000001", "At most 1,000,000,000,000."],
  ])("refuse the amount %j", (amount, message) => {
    const { error } = transferInput.safeParse({ ...REQUEST, organization: "7", amount });
    expect(error?.issues.map((issue) => [issue.path[0], issue.message])).toEqual([["amount", message]]);
  });

  test.each([
    [purchaseInput, "creditType", "Unknown credit type."],
    [transferInput, "organization", "Unknown organization."],
    [reversalInput, "entry", "Unknown entry."],
  ] as const)("refuse an id that is none at its field (%#)", (input, field, message) => {
    const { error } = input.safeParse({ ...REQUEST, [field]: "x" });
    expect(error?.issues.map((issue) => [issue.path[0], issue.message])).toEqual([[field, message]]);
  });
});

describe("the sentence after a move", () => {
  const moved = { amount: 1_000_000n, balanceAfter: 2_500_000n, name: "Marketing", repeated: false };

  test.each([
    ["purchase", "1 credit was purchased for Marketing, which now has 2.5 credits available."],
    ["allocation", "1 credit was added to Marketing, whose balance is now 2.5 credits."],
    ["return", "1 credit was returned from Marketing, whose balance is now 2.5 credits."],
  ] as const)("of a %s", (kind, text) => {
    expect(movedText(kind, moved)).toBe(text);
  });

  test("counts", () => {
    expect(movedText("allocation", { ...moved, amount: 1_500_000n, balanceAfter: 1_000_000n })).toBe(
      "1.5 credits were added to Marketing, whose balance is now 1 credit.",
    );
  });

  test("has what the credits are worth", () => {
    expect(movedWorthText("return", moved, "S$0.01")).toBe(
      "1 credit was returned from Marketing, whose balance is now 2.5 credits. It is worth S$0.01.",
    );
    expect(movedWorthText("allocation", { ...moved, amount: 2_000_000n }, "S$0.02")).toBe(
      "2 credits were added to Marketing, whose balance is now 2.5 credits. They are worth S$0.02.",
    );
  });

  test("names a request that came again", () => {
    expect(movedText("return", { ...moved, repeated: true })).toBe(
      "This was already recorded, so no credits moved this time: 1 credit was returned from Marketing.",
    );
  });
});

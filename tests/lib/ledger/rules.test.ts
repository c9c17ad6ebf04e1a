import { expect, test } from "vitest";
import { movedText, purchaseInput, transferInput } from "#lib/ledger/rules.ts";

const typed = { creditType: "1", amount: "1", note: "", requestId: "12345678" };

test.each(["0", "-1", "NaN", "1e309", "0x10", "", " ", "1,000", "0.0000001", "10000000000000", "1 000", "١"])(
  "an amount is not %j",
  (amount) => {
    const parsed = purchaseInput.safeParse({ ...typed, amount });
    expect(parsed.error?.issues).toMatchObject([{ path: ["amount"] }]);
  },
);

test("an amount may have spaces around it; an empty note is none", () => {
  expect(purchaseInput.parse({ ...typed, amount: " 0.047 " })).toEqual({
    creditType: 1,
    amount: 47_000n,
    note: null,
    requestId: "12345678",
  });
});

test.each([
  ["note", "x".repeat(201)],
  ["note", "a\u202Eb"],
  ["requestId", ""],
  ["requestId", "x".repeat(101)],
  ["requestId", "12345678\n"],
  ["organization", "0"],
  ["organization", "1e3"],
])("%s is not %j", (field, value) => {
  const parsed = transferInput.safeParse({ ...typed, organization: "1", [field]: value });
  expect(parsed.error?.issues).toMatchObject([{ path: [field] }]);
});

test("what moved is said with the amount and with what is there now", () => {
  const moved = { amount: 1_000_000n, balanceAfter: 47_000n, name: "Marketing", repeated: false };
  expect(movedText("allocation", moved)).toBe(
    "1 credit was added to Marketing, whose balance is now 0.047 credits.",
  );
  expect(movedText("return", { ...moved, repeated: true })).toBe(
    "This was recorded before, and nothing moved again: 1 credit was returned from Marketing.",
  );
});

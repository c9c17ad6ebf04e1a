import { describe, expect, test } from "vitest";
import {
  inOrderOfInterest,
  lineAmount,
  type MoveLine,
  type MoveSubject,
  moveAmount,
  moveCreditsInput,
  movedInBatchText,
  planMove,
  remarkOf,
  SPLITS,
  shortText,
} from "#lib/batches/rules/credits.ts";
import {
  type BatchEntry,
  reversalOfEntries,
  reversalOfValue,
  reverseBatchInput,
} from "#lib/batches/rules/reversals.ts";
import { BATCH_KINDS, batchHref, batchText, isOfOrganizationAdmins } from "#lib/bulk/rules/batches.ts";
import { changesOf, inChangingOrder } from "#lib/bulk/rules/changes.ts";
import { credits } from "#tests/support/builders.ts";

describe("a batch", () => {
  test("is named by what it changes", () => {
    expect(BATCH_KINDS.map((kind) => batchText(kind, 1_200))).toEqual([
      "Credits added to 1,200 organizations",
      "Credits returned from 1,200 organizations",
      "Monthly allowance of 1,200 organizations set",
      "Tags of 1,200 organizations changed",
      "Status of 1,200 organizations changed",
      "Monthly allowance of 1,200 memberships set",
      "Role of 1,200 memberships set",
      "Status of 1,200 memberships changed",
      "1,200 changes reversed",
    ]);
    expect([batchText("allocation", 1), batchText("member_role", 1), batchText("reversal", 1)]).toEqual([
      "Credits added to 1 organization",
      "Role of 1 membership set",
      "1 change reversed",
    ]);
    expect(batchHref(7)).toBe("/batches/7");
  });

  test("of members and allowances is for admins of organizations too", () => {
    expect(BATCH_KINDS.filter(isOfOrganizationAdmins)).toEqual([
      "allowance",
      "member_allowance",
      "member_role",
      "member_status",
    ]);
  });
});

describe("what a preview counts", () => {
  test("in words", () => {
    const of = (changes: number, total: number) => changesOf(changes, total, "organization", "organizations");
    expect([of(5, 5), of(1, 1), of(799, 870), of(0, 1), of(1_000, 1_001)]).toEqual([
      "5 organizations",
      "1 organization",
      "799 of 870 organizations; 71 stay as they are",
      "0 of 1 organization; 1 stays as it is",
      "1,000 of 1,001 organizations; 1 stays as it is",
    ]);
  });

  test("shows what changes first, each part in its order", () => {
    const lines = [
      { id: 1, before: "a", after: "a" },
      { id: 2, before: null, after: "a" },
      { id: 3, before: "b", after: "b" },
      { id: 4, before: "a", after: null },
    ];
    expect(inChangingOrder(lines).map(({ id }) => id)).toEqual([2, 4, 1, 3]);
    expect(lines.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  });
});

const law: MoveSubject = {
  ...{ id: 1, name: "Law", code: "LAW", isActive: true },
  ...{ balance: credits(30), activeMembers: 3, creditTypeId: 7 },
};
const art: MoveSubject = { ...law, id: 2, name: "Art", code: "ART", balance: credits(5), activeMembers: 0 };
const pools = [
  { id: 6, name: "Other", available: credits(1) },
  { id: 7, name: "JPY", available: credits(40) },
];
const plan = (kind: "allocation" | "return", split: (typeof SPLITS)[number], whole: number) =>
  planMove({ kind, split, amount: credits(whole) }, [law, art], pools);

describe("a move of credits", () => {
  test.each([
    ["allocation", "each", [10, 10]],
    ["allocation", "member", [30, 0]],
    ["allocation", "target", [0, 5]],
    ["return", "each", [10, 10]],
    ["return", "member", [30, 0]],
    ["return", "target", [20, 0]],
  ] as const)("%s, %s of 10 credits", (kind, split, amounts) => {
    expect([law, art].map((subject) => lineAmount(kind, split, credits(10), subject))).toEqual(
      amounts.map(credits),
    );
  });

  test("draws from the pools", () => {
    expect(plan("allocation", "each", 10)).toEqual({
      lines: [
        { ...law, amount: credits(10), after: credits(40), isShort: false },
        { ...art, amount: credits(10), after: credits(15), isShort: false },
      ],
      pools: [{ ...pools[1], change: credits(-20), after: credits(20), isShort: false }],
      changes: 2,
      total: credits(20),
      shortLines: 0,
      isShort: false,
    });
    expect(plan("allocation", "each", 20)).toMatchObject({ pools: [{ after: 0n }], isShort: false });
    const short = plan("allocation", "each", 21);
    expect(short).toMatchObject({
      pools: [{ isShort: true, after: credits(-2) }],
      isShort: true,
      shortLines: 0,
    });
    expect(shortText("allocation", short)).toBe("JPY has only 40 available; 42 are needed.");
  });

  test("returns to the pools what organizations have", () => {
    expect(plan("return", "each", 5)).toMatchObject({
      lines: [
        { amount: credits(5), after: credits(25), isShort: false },
        { amount: credits(5), after: 0n, isShort: false },
      ],
      pools: [{ change: credits(10), after: credits(50), isShort: false }],
      isShort: false,
    });
    const one = plan("return", "each", 6);
    expect(one).toMatchObject({
      lines: [{ isShort: false }, { isShort: true, after: credits(-1) }],
      shortLines: 1,
      isShort: true,
    });
    expect(shortText("return", one)).toBe("Art has only 5.");
    expect(shortText("return", plan("return", "each", 31))).toBe(
      "Law has only 30, and 1 more has too little.",
    );
    const three = planMove({ kind: "return", split: "each", amount: credits(31) }, [law, art, art], pools);
    expect(shortText("return", three)).toBe("Law has only 30, and 2 more have too little.");
    expect(plan("return", "target", 10)).toMatchObject({ changes: 1, total: credits(20) });
  });

  test("tells why a line is short or stays", () => {
    const remarks = (...[kind, split, whole]: Parameters<typeof plan>) =>
      plan(kind, split, whole).lines.map((line) => remarkOf(kind, split, line));
    expect(remarks("return", "each", 6)).toEqual(["", "has only 5"]);
    expect(remarks("allocation", "member", 1)).toEqual(["", "no active members"]);
    expect(remarks("allocation", "target", 10)).toEqual(["has as much already", ""]);
    expect(remarks("return", "target", 10)).toEqual(["", "has no more than that"]);
    const line = { ...law, isActive: false, amount: 1n, after: 0n, isShort: false };
    expect(remarkOf("allocation", "each", line)).toBe("is inactive");
  });

  test("is shown with what is short first, and what stays last", () => {
    const line = (id: number, amount: bigint, isShort = false): MoveLine => ({
      ...law,
      id,
      amount,
      after: 0n,
      isShort,
    });
    const lines = [line(1, 0n), line(2, 1n), line(3, 1n, true), line(4, 0n), line(5, 1n)];
    expect(inOrderOfInterest(lines).map(({ id }) => id)).toEqual([3, 2, 5, 1, 4]);
  });

  test("is reported in a sentence", () => {
    expect(movedInBatchText("allocation", { changed: 5, total: credits(2_500) })).toBe(
      "2,500 credits were added to 5 organizations.",
    );
    expect(movedInBatchText("return", { changed: 1, total: credits(1) })).toBe(
      "1 credit was returned from 1 organization.",
    );
  });

  test("takes an amount, and 0 only as a target", () => {
    const read = (split: (typeof SPLITS)[number], text: string) => {
      const { success, data, error } = moveAmount(split).safeParse(text);
      return success ? data : error.issues[0]?.message;
    };
    expect(SPLITS.map((split) => read(split, "0"))).toEqual([
      "Must be more than 0.",
      "Must be more than 0.",
      0n,
    ]);
    expect(read("target", " ")).toBe("Enter an amount.");
    expect(read("each", "1,000.5")).toBe(1_000_500_000n);
    const form = {
      move: "return",
      split: "target",
      amount: "x",
      expected: "",
      ids: "1,2",
      requestId: "a".repeat(20),
    };
    const faults = (change: object) =>
      moveCreditsInput
        .safeParse({ ...form, ...change })
        .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    expect(faults({})).toEqual(["amount: Enter a number, such as 1000 or 0.5."]);
    expect(faults({ move: "x", split: "x" })).toEqual([
      "move: Choose to add or to return.",
      "split: Choose how the amount is meant.",
    ]);
    expect(moveCreditsInput.parse({ ...form, amount: "0" })).toMatchObject({
      amount: 0n,
      ids: [1, 2],
      note: null,
    });
  });
});

describe("the reversal of a batch", () => {
  const row = { id: 1, name: "Law", code: "LAW" };

  test("sets a value back, unless somebody has changed it since", () => {
    const of = (now: { value: string | null } | null) =>
      reversalOfValue({ ...row, was: "10", set: "20", now });
    expect(of({ value: "20" })).toEqual({
      ...row,
      before: "20",
      after: "10",
      outcome: "reversed",
      remark: "",
    });
    expect(of({ value: "10" })).toEqual({
      ...row,
      ...{ before: "10", after: "10", outcome: "left", remark: "is as it was already" },
    });
    expect(of({ value: null })).toEqual({
      ...row,
      ...{ before: null, after: null, outcome: "left", remark: "was changed since" },
    });
    expect(of(null)).toEqual({
      ...row,
      ...{ before: null, after: null, outcome: "left", remark: "no longer exists" },
    });
  });

  const entry: BatchEntry = {
    ...{ id: 9, organizationId: 1, name: "Law", code: "LAW", creditTypeId: 7, isReversed: false },
    ...{ debitAccount: "pool", creditAccount: "organization", amount: credits(10), balance: credits(10) },
  };

  test("takes credits back to their pool", () => {
    const plan = reversalOfEntries([entry, { ...entry, id: 10, organizationId: 2 }], pools, false);
    expect(plan).toEqual({
      lines: [
        { entry, ...row, before: "10", after: "0", outcome: "reversed", remark: "" },
        {
          entry: { ...entry, id: 10, organizationId: 2 },
          ...row,
          ...{ id: 2, before: "10", after: "0", outcome: "reversed", remark: "" },
        },
      ],
      total: credits(20),
      pools: [{ ...pools[1], change: credits(20), after: credits(60), isShort: false }],
    });
  });

  test("gives credits that were returned out of the pool again", () => {
    const returned: BatchEntry = { ...entry, debitAccount: "organization", creditAccount: "pool" };
    const of = (amount: bigint) => reversalOfEntries([{ ...returned, amount }], pools, false).pools;
    expect(of(credits(40))).toEqual([{ ...pools[1], change: credits(-40), after: 0n, isShort: false }]);
    expect(of(credits(41))).toMatchObject([{ after: credits(-1), isShort: true }]);
  });

  test("is refused or left where credits were spent, and left where an entry was reversed", () => {
    const spent = { ...entry, balance: 9_500_000n };
    expect(reversalOfEntries([spent], pools, false)).toMatchObject({
      lines: [{ before: "9.5", after: "9.5", outcome: "short", remark: "has only 9.5 of 10" }],
      total: 0n,
      pools: [{ change: 0n, after: credits(40) }],
    });
    expect(reversalOfEntries([spent, entry], pools, true)).toMatchObject({
      lines: [{ outcome: "left", remark: "has only 9.5 of 10" }, { outcome: "reversed" }],
      total: credits(10),
      pools: [{ change: credits(10) }],
    });
    expect(reversalOfEntries([{ ...entry, isReversed: true }], pools, false)).toMatchObject({
      lines: [{ before: "10", after: "10", outcome: "left", remark: "was reversed already" }],
      total: 0n,
    });
  });

  test("has a form", () => {
    const form = { batch: "3", expected: "x", requestId: "a".repeat(20) };
    expect(reverseBatchInput.parse({ ...form, leave: "short", note: " twice " })).toEqual({
      ...{ batch: 3, leave: "short", note: "twice", expected: "x", requestId: "a".repeat(20) },
    });
    expect(reverseBatchInput.safeParse({ ...form, batch: "x" }).error?.issues[0]?.message).toBe(
      "Unknown batch.",
    );
    expect(reverseBatchInput.safeParse({ ...form, leave: "all" }).success).toBe(false);
  });
});

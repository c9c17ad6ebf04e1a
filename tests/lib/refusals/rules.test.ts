import { expect, test } from "vitest";
import {
  addAmounts,
  addRefusal,
  noRefusals,
  type PendingRefusals,
  type Refusal,
  retentionInput,
} from "#lib/refusals/rules.ts";

const AT = Date.parse("2026-11-26T10:00:05Z");

const refusal = (change: Partial<Refusal> = {}): Refusal => ({
  at: AT,
  apiKeyId: 1,
  keyOrganizationId: null,
  organization: "LAW",
  member: "ana@example.edu",
  application: "essay-coach",
  request: "event",
  code: "insufficient_credits",
  amount: 5n,
  remaining: 3n,
  ...change,
});

const groups = ({ groups }: PendingRefusals) => [...groups.values()];

test("equal refusals of one minute are one group with their number and their sum", () => {
  const pending = noRefusals();
  addRefusal(pending, refusal());
  addRefusal(pending, refusal({ at: AT + 54_999, amount: 7n, remaining: 2n }));
  // Codes, emails and names are compared as the portal compares them.
  addRefusal(
    pending,
    refusal({ organization: " law", member: "ANA@example.edu", application: "Essay-Coach" }),
  );
  expect(groups(pending)).toEqual([
    { ...refusal(), lastAt: AT + 54_999, requests: 3, amount: 17n, remaining: 3n },
  ]);
});

test.each([
  ["the next minute", { at: AT + 55_000 }],
  ["another key", { apiKeyId: 2 }],
  ["another organization", { organization: "ART" }],
  ["another member", { member: "bo@example.edu" }],
  ["another application", { application: "tutor" }],
  ["another reason", { code: "allowance_exceeded" }],
  ["a check", { request: "check" }],
] as const)("%s is another group", (_, change) => {
  const pending = noRefusals();
  addRefusal(pending, refusal());
  addRefusal(pending, refusal(change));
  expect(groups(pending).map(({ requests }) => requests)).toEqual([1, 1]);
});

test("an organization has 100 groups, and one for the others; another organization still has room", () => {
  const pending = noRefusals();
  for (let n = 0; n < 250; n += 1) addRefusal(pending, refusal({ member: `m${n}@example.edu` }));
  addRefusal(pending, refusal({ organization: "ART" }));
  const all = groups(pending);
  expect(all).toHaveLength(102);
  expect(all.filter(({ code }) => code === "others")).toEqual([
    {
      ...refusal({ member: "", application: "", remaining: null }),
      apiKeyId: null,
      code: "others",
      lastAt: AT,
      requests: 150,
      amount: 750n,
    },
  ]);
});

test("100,000 names that a stranger chooses are a thousand groups, and one for the others", () => {
  const pending = noRefusals();
  for (let n = 0; n < 100_000; n += 1) addRefusal(pending, refusal({ organization: `X${n}` }));
  const all = groups(pending);
  expect(all).toHaveLength(1_001);
  expect(all.at(-1)).toMatchObject({ code: "others", organization: null, requests: 99_000 });
});

test("a sum stays within what the database can hold", () => {
  const most = 2n ** 63n - 1n;
  expect(addAmounts(most - 1n, 1n)).toBe(most);
  expect(addAmounts(most, 10n ** 18n)).toBe(most);
});

test.each([
  ["90", 90],
  [" 1 ", 1],
  ["3650", 3_650],
])("%s days are read", (text, days) => {
  expect(retentionInput.parse({ refusalDays: text })).toEqual({ refusalDays: days });
});

test.each(["", "0", "3651", "-1", "1.5", "ninety", "1e3"])("%j days are refused", (text) => {
  expect(retentionInput.safeParse({ refusalDays: text }).error?.issues[0]?.message).toBe(
    "Enter a number of days from 1 to 3650.",
  );
});

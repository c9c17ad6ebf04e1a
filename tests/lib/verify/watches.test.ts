import { expect, test } from "vitest";
import { isAlertKind } from "#lib/alerts/rules/kinds.ts";
import { withKind } from "#lib/verify/audit/watches.ts";

test.each([
  ["Balance for few days", "balance_days"],
  ["Check of the data failed", "verify_failed"],
  ["Unusual spend", "unusual_spend"],
])("an entry from before 27 November 2026 that has “%s” is about %s", (name, kind) => {
  expect(isAlertKind(kind)).toBe(true);
  expect(withKind({ watches: name, tag: null })).toEqual({ watches: kind, tag: null });
});

test.each([{ watches: "balance_days" }, { watches: "Balance runs out soon" }, { threshold: "5" }])(
  "%j stays as it is",
  (values) => {
    expect(withKind(values)).toEqual(values);
  },
);

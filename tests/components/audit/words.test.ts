import { describe, expect, it } from "vitest";
import { actionWords, actorWords, differencesOf, movedCredits } from "#components/audit/words.ts";
import type { AuditItem } from "#lib/audit/queries.ts";

function item(change: Partial<AuditItem>, kind = "organization"): AuditItem {
  return {
    id: 1,
    at: new Date(0),
    actorKind: "operator",
    actorId: null,
    actorLabel: "operator",
    address: null,
    action: "organization.updated",
    subject: { kind, id: 1, label: "LAW", name: "Law", organization: "LAW" },
    before: {},
    after: {},
    ...change,
  };
}

const CALENDAR = { timeZone: "Asia/Singapore", dateFormat: "DD/MM/YYYY" } as const;

const texts = (one: AuditItem) =>
  differencesOf(one, CALENDAR).map(({ label, before, after }) => `${label}: ${before} > ${after}`);

describe("an audit entry in words", () => {
  it("names the action, and shows an unknown code as it is", () => {
    expect(actionWords("credits.allocated")).toBe("Credits added");
    expect(actionWords("robot.created")).toBe("robot.created");
    expect(actionWords("constructor")).toBe("constructor");
  });

  it("names who did it", () => {
    expect(actorWords(item({}))).toBe("Command line");
    expect(actorWords(item({ actorKind: "system", actorLabel: "system" }))).toBe("System");
    expect(actorWords(item({ actorKind: "portal_user", actorLabel: "ana@example.edu" }))).toBe(
      "ana@example.edu",
    );
  });

  it("has what moved as one signed amount, of a balance or of a pool", () => {
    const moved = (before: string, after: string, figure = "balance") =>
      movedCredits(item({ before: { [figure]: before }, after: { [figure]: after, entry: 7 } }));
    expect(moved("952115.596", "986205.596")).toBe(34_090_000_000n);
    expect(moved("10", "0.5")).toBe(-9_500_000n);
    expect(moved("0", "1000", "available")).toBe(1_000_000_000n);
    expect(movedCredits(item({ before: { name: "A" }, after: { name: "B" } }))).toBeNull();
    expect(movedCredits(item({ before: {}, after: { balance: "5" } }))).toBeNull();
  });

  it("shows credits with separators, exactly, and the absence of a limit", () => {
    expect(
      texts(
        item({
          before: { balance: "1234567.000001", monthlyAllowance: null },
          after: { balance: "0", monthlyAllowance: "1000", name: "1000" },
        }),
      ),
    ).toEqual([
      "Balance: 1,234,567.000001 > 0",
      "Monthly allowance per member: no limit > 1,000",
      "Name: null > 1000",
    ]);
  });

  it("shows the last day of an API key in the enterprise's time zone", () => {
    expect(texts(item({ after: { expires: "2027-01-31T16:00:00.000Z" } }, "api_key"))).toEqual([
      "Expires: null > 31/01/2027",
    ]);
    expect(texts(item({ after: { expires: null } }, "api_key"))).toEqual(["Expires: null > none"]);
    expect(texts(item({ after: { expires: "soon" } }, "api_key"))).toEqual(["Expires: null > soon"]);
  });

  it("tells a membership's allowance from its organization's", () => {
    expect(
      texts(
        item({ before: { monthlyAllowance: "" }, after: { monthlyAllowance: "unlimited" } }, "membership"),
      ),
    ).toEqual(["Monthly allowance: Organization default > Unlimited"]);
  });

  it("names what a rule watches, also as entries before 27 November 2026 have it", () => {
    expect(texts(item({ after: { watches: "balance_days" } }, "alert_rule"))).toEqual([
      "Watches: null > Balance runs out soon",
    ]);
    expect(texts(item({ after: { watches: "Balance for few days" } }, "alert_rule"))).toEqual([
      "Watches: null > Balance for few days",
    ]);
  });

  it("leads to the transactions that an entry names", () => {
    const [entry, reverses, note] = differencesOf(
      item({ after: { entry: 1200, reverses: 7, note: "typed twice" } }),
      CALENDAR,
    );
    expect(entry).toMatchObject({ after: "#1200", transaction: 1200 });
    expect(reverses).toMatchObject({ after: "#7", transaction: 7 });
    expect(note).toMatchObject({ label: "Note", after: "typed twice", transaction: null });
  });
});

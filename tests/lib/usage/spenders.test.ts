import { describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { addAlias } from "#lib/members/aliases.ts";
import { setApprovedDomains } from "#lib/members/commands/approved-domains.ts";
import { mergeMembers } from "#lib/members/merge.ts";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import {
  lookup,
  mergedSpentOf,
  organizationFor,
  type Reporter,
  type SpendingOrganization,
  spenderIn,
  timeZoneOf,
} from "#lib/usage/queries/spenders.ts";
import {
  aMember,
  anOrganization,
  aPortalUser,
  credits,
  operator,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useCopyOfDatabase } from "#tests/support/database.ts";

const day = (day: number) => new Date(Date.UTC(2026, 10, day, 12));
const MONTH = 202_611;

/** Organizations: 1 LAW, 2 ART, 3 NEW, which was OLD. Members of LAW: 1 ana, 2 bo, 3 cy; of ART: 4 di. */
useCopyOfDatabase(async () => {
  const law = await anOrganization({
    ...{ code: "LAW", balance: credits(100), monthlyAllowance: credits(50) },
    members: ["ana@example.edu", "bo@example.edu"],
  });
  const art = await anOrganization({ code: "ART" });
  // Once credits have moved, an owner alone may correct a code.
  const owner = await aPortalUser("owner");
  const renamed = await anOrganization({ code: "OLD", balance: credits(1) });
  value(await updateOrganization({ id: renamed, name: "New", code: "NEW", monthlyAllowance: null }, owner));
  const allowance = { allowance: "own", monthlyAllowance: credits(10) } as const;
  await aMember(law, { email: "cy@example.edu", active: false, allowance });
  await aMember(art, { email: "di@example.edu" });
  value(await addAlias({ member: 1, email: "ana.old@example.edu" }, operator));
  value(await setApprovedDomains({ organization: law, domains: ["law.example"] }, operator));
});

const keyOf = (organizationId: number | null): Reporter => ({
  ...{ kind: "api_key", id: 1, name: "Key", organizationId, address: null },
});

describe("the organization of an event", () => {
  const organization = (named: string | null, reporter: Reporter) => {
    const answer = organizationFor(named, reporter);
    return answer.ok ? answer.value.code : [answer.code, answer.message, answer.field];
  };
  const forbidden = (code: string) => [
    "forbidden_organization",
    `This key belongs to ${code} and may not report for another organization.`,
    "organization",
  ];
  const unnamed = [
    "invalid_request",
    "Name the organization: this key belongs to the enterprise.",
    "organization",
  ];
  const missing = (code: string) => [
    "organization_not_found",
    `There is no organization with the code ${code}.`,
    "organization",
  ];

  it.each<[named: string | null, answer: unknown]>([
    ["LAW", "LAW"],
    ["ｌaw", "LAW"],
    ["OLD", "NEW"],
    ["NOPE", missing("NOPE")],
    [null, unnamed],
  ])("%j, as a key of the enterprise and the operator", (named, answer) => {
    expect([organization(named, keyOf(null)), organization(named, operator)]).toEqual([answer, answer]);
  });

  it.each<[named: string | null, ofLaw: unknown, ofNew: unknown]>([
    [null, "LAW", "NEW"],
    ["law", "LAW", forbidden("NEW")],
    ["new", forbidden("LAW"), "NEW"],
    ["old", forbidden("LAW"), "NEW"],
    ["NOPE", forbidden("LAW"), forbidden("NEW")],
  ])("%j, as a key of LAW and one of NEW", (named, ofLaw, ofNew) => {
    expect([organization(named, keyOf(1)), organization(named, keyOf(3))]).toEqual([ofLaw, ofNew]);
  });

  it("of a key is there", () => {
    expect(() => organizationFor("LAW", keyOf(9))).toThrow("no organization 9");
  });

  it("has what a spend needs", () => {
    expect(value(organizationFor("LAW", operator))).toEqual({
      ...{ id: 1, code: "LAW", active: true, balance: credits(100), creditTypeId: 1 },
      monthlyAllowance: credits(50),
    });
  });
});

describe("the member who spends", () => {
  const of = (code: string): SpendingOrganization => value(organizationFor(code, operator));
  const spender = (code: string, email: string) => spenderIn(of(code), email, database());
  const ana = {
    ...{ id: 1, memberId: 1, email: "ana@example.edu", active: true },
    ...{ allowance: "organization", monthlyAllowance: null, hasMerged: false },
  };

  it("is found by email, in whatever case, and by a former one", () => {
    for (const email of ["ana@example.edu", "ANA@example.edu", "ana.old@example.edu"]) {
      expect(value(spender("LAW", email))).toEqual(ana);
    }
    expect(value(spender("LAW", "cy@example.edu"))).toEqual({
      ...{ id: 3, memberId: 3, email: "cy@example.edu", active: false },
      ...{ allowance: "own", monthlyAllowance: credits(10), hasMerged: false },
    });
  });

  it("is nobody yet where the domain is approved, and else refused", () => {
    expect(spender("LAW", "new@law.example")).toEqual({ ok: true, value: null });
    const refusal = (email: string, code: string) => ({
      ...{ ok: false, code: "member_not_found", field: "member" },
      message: `${email} is not a member of ${code}.`,
    });
    expect(spender("LAW", "new@other.example")).toEqual(refusal("new@other.example", "LAW"));
    expect(spender("ART", "new@law.example")).toEqual(refusal("new@law.example", "ART"));
    expect(spender("LAW", "di@example.edu")).toEqual(refusal("di@example.edu", "LAW"));
  });

  it("has spent what the memberships that were merged into it did, whatever the clock shows", async () => {
    await spent({ member: "bo@example.edu", credits: credits(7), occurredAt: day(2) });
    await spent({ member: "ana@example.edu", credits: credits(2), occurredAt: day(3) });
    value(await mergeMembers({ member: 1, email: "bo@example.edu" }, operator, day(5)));
    const member = value(spender("LAW", "bo@example.edu"));
    if (!member) throw new Error("bo is nobody");
    expect(member).toEqual({ ...ana, hasMerged: true });
    const merged = (month: number) => mergedSpentOf(member, month, database());
    expect([merged(MONTH), merged(202_610)]).toEqual([credits(7), 0n]);
    expect(mergedSpentOf({ ...member, hasMerged: false }, MONTH, database())).toBe(0n);
  });
});

it("the time zone is UTC until somebody sets another", async () => {
  expect(timeZoneOf(database())).toBe("UTC");
  value(
    await updateSettings({ enterpriseName: "E", timeZone: "Asia/Tokyo", dateFormat: "DD/MM/YYYY" }, operator),
  );
  expect(timeZoneOf(database())).toBe("Asia/Tokyo");
});

it("looks each key up once", () => {
  const map = new Map<string, number>();
  const keys: string[] = [];
  const find = (key: string) =>
    lookup(map, key, () => {
      keys.push(key);
      return keys.length;
    });
  expect([find("a"), find("b"), find("a"), find("b")]).toEqual([1, 2, 1, 2]);
  expect(keys).toEqual(["a", "b"]);
});

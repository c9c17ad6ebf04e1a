import type { SQL } from "drizzle-orm";
import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { addAlias } from "#lib/members/aliases.ts";
import { setApprovedDomains } from "#lib/members/commands/approved-domains.ts";
import { changeMembershipsActive } from "#lib/members/commands/memberships.ts";
import { mergeMembers } from "#lib/members/merge.ts";
import { approvedDomainsOf } from "#lib/members/queries/approved-domains.ts";
import { countNearAllowance, memberCounts } from "#lib/members/queries/counts.ts";
import { orderedMembers } from "#lib/members/queries/member-filters.ts";
import {
  countPeople,
  listMembers,
  managedMemberships,
  membershipIdPieces,
  prepareMembers,
} from "#lib/members/queries/member-list.ts";
import { monthsOfMember, spentInMonth } from "#lib/members/queries/member-spending.ts";
import { formerEmailsOf, getMember } from "#lib/members/queries/members.ts";
import {
  firstActiveMember,
  listMemberships,
  membershipIdsOf,
  membershipsOfMember,
} from "#lib/members/queries/memberships.ts";
import { membershipsSearchParams, membersSearchParams } from "#lib/members/search-params.ts";
import { partOf, type Scope } from "#lib/scope/scope.ts";
import {
  aCreditType,
  aGrant,
  aMember,
  anOrganization,
  aPortalUser,
  credits,
  everything,
  operator,
  scopeOf,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useCopyOfDatabase } from "#tests/support/database.ts";

// Each view is read for the enterprise and for both of its organizations, for LAW, and for ART; and for LAW and for both
// among very many organizations.

const MONTH = 202_611;
const day = (month: number, day: number) => new Date(Date.UTC(2026, month - 1, day, 12));

beforeAll(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: day(11, 26) });
});
afterAll(() => {
  vi.useRealTimers();
});

/**
 * People and memberships, whose numbers are their ids:
 * 1 ana: 1 in LAW, creator; 2 in ART, admin, inactive. 2 bo: 3 in LAW, creator. 3 cy: 4 in LAW, admin. 4 di: 5 in LAW,
 * viewer, inactive. 5 eve: 6 in ART, creator. 6 flo: 7 in ART, viewer, inactive.
 */
useCopyOfDatabase(async () => {
  const jpy = await aCreditType({ available: credits(1_000) });
  const eur = await aCreditType({ name: "EUR Credits", currency: "EUR", available: credits(1_000) });
  const monthlyAllowance = credits(100);
  const law = await anOrganization({ code: "LAW", creditType: jpy, balance: credits(500), monthlyAllowance });
  const art = await anOrganization({ code: "ART", creditType: eur, balance: credits(500) });
  await aMember(law, { email: "ana@example.edu", at: day(9, 1) });
  await aMember(art, { email: "ana@example.edu", role: "admin", at: day(9, 2) });
  await aMember(law, { email: "bo@example.edu", at: day(9, 3) });
  const allowance = { allowance: "own", monthlyAllowance: credits(10) } as const;
  await aMember(law, { email: "cy@example.edu", role: "admin", allowance, at: day(9, 4) });
  await aMember(law, { email: "di@example.edu", role: "viewer", active: false, at: day(9, 5) });
  await aMember(art, { email: "eve@example.edu", at: day(9, 6) });
  await aMember(art, { email: "flo@example.edu", role: "viewer", active: false, at: day(9, 7) });
  const spends = (name: string, organization: string, amount: number, at: Date) =>
    spent({ member: `${name}@example.edu`, organization, credits: credits(amount), occurredAt: at });
  await spends("bo", "LAW", 7, day(10, 19));
  await spends("ana", "ART", 5, day(10, 20));
  await spends("eve", "ART", 50, day(11, 10));
  await spends("ana", "LAW", 80, day(11, 20));
  await spends("bo", "LAW", 20, day(11, 21));
  await spends("cy", "LAW", 9, day(11, 22));
  value(await changeMembershipsActive([2], false, operator));
});

const part = (...ids: number[]) => partOf(everything, ids);
/** This many organizations are not looked up one by one. */
const amongMany = (...ids: number[]) =>
  part(...ids, ...Array.from({ length: 1_001 }, (_, index) => 1_000 + index));
const viewOf = (query: string) => membersSearchParams.decode(new URLSearchParams(query));
const namesOf = (items: readonly { email: string }[]) =>
  items.map(({ email }) => email.replace("@example.edu", "")).join(" ");

/** The people of a view, which its pages of any size add up to. */
async function people(scope: Scope, query: string): Promise<string> {
  const view = viewOf(query);
  const { items, total, more } = listMembers(scope, view);
  expect([total, more]).toEqual([items.length, false]);
  const prepared = await prepareMembers(scope, view);
  expect(namesOf(listMembers(scope, view, prepared).items)).toBe(namesOf(items));
  const ofMany = await prepareMembers(scope, view, 10_000);
  expect(listMembers(scope, view, ofMany)).toEqual(listMembers(scope, view, prepared));
  for (const size of [1, 2, 5]) {
    const pages = Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
      listMembers(scope, { ...view, page: index + 1 }, prepared, size),
    );
    expect(namesOf(pages.flatMap((page) => page.items))).toBe(namesOf(items));
    expect(pages.every((page) => page.total === items.length && page.pages === pages.length)).toBe(true);
  }
  return namesOf(items);
}

describe("the list of people", () => {
  it.each<[query: string, all: string, ofLaw: string, ofArt: string]>([
    ["", "ana bo cy di eve flo", "ana bo cy di", "ana eve flo"],
    ["sort=-name", "flo eve di cy bo ana", "di cy bo ana", "flo eve ana"],
    ["sort=spent", "di flo cy bo eve ana", "di cy bo ana", "flo ana eve"],
    ["sort=-spent", "ana eve bo cy flo di", "ana bo cy di", "eve ana flo"],
    ["sort=active", "di flo eve ana bo cy", "di ana bo cy", "flo ana eve"],
    ["sort=-active", "cy bo ana eve flo di", "cy bo ana di", "eve ana flo"],
    ["sort=created", "ana bo cy di eve flo", "ana bo cy di", "ana eve flo"],
    ["sort=-created", "flo eve di cy bo ana", "di cy bo ana", "flo eve ana"],
    ["role=creator", "ana bo eve", "ana bo", "eve"],
    ["role=admin", "ana cy", "cy", "ana"],
    ["role=viewer&sort=-spent", "flo di", "di", "flo"],
    ["status=active", "ana bo cy eve", "ana bo cy", "eve"],
    ["status=inactive", "di flo", "di", "ana flo"],
    ["status=inactive&sort=-spent", "flo di", "di", "ana flo"],
    ["status=inactive&q=di", "di", "di", ""],
    ["status=active&sort=-active", "cy bo ana eve", "cy bo ana", "eve"],
    ["role=admin&status=active", "cy", "cy", ""],
    ["role=admin&status=inactive", "ana", "", "ana"],
    ["used=80", "ana cy", "ana cy", ""],
    ["used=80&role=admin", "cy", "cy", ""],
    ["used=80&status=inactive", "", "", ""],
    ["used=80&sort=spent", "cy ana", "cy ana", ""],
    ["used=80&q=ana", "ana", "ana", ""],
    ["organization=LAW", "ana bo cy di", "ana bo cy di", ""],
    ["organization=law&status=inactive", "di", "di", ""],
    ["organization=ART&status=inactive", "ana flo", "", "ana flo"],
    // By what they spent in the scope.
    ["organization=ART&sort=-spent", "ana eve flo", "", "eve ana flo"],
    ["organization=ART&role=creator", "eve", "", "eve"],
    ["organization=ART&used=80", "", "", ""],
    ["organization=LAW&used=80", "ana cy", "ana cy", ""],
    ["organization=NONE", "", "", ""],
    ["q=ana", "ana", "ana", "ana"],
    ["q=example&sort=-name", "flo eve di cy bo ana", "di cy bo ana", "flo eve ana"],
    ["q=example&sort=spent", "di flo cy bo eve ana", "di cy bo ana", "flo ana eve"],
    ["q=example&role=creator", "ana bo eve", "ana bo", "eve"],
    ["q=example&status=active&sort=-active", "cy bo ana eve", "cy bo ana", "eve"],
    ["q=example&organization=LAW&sort=-spent", "ana bo cy di", "ana bo cy di", ""],
    ["q=nobody", "", "", ""],
  ])("%s", async (query, all, ofLaw, ofArt) => {
    const scopes = [everything, part(1), amongMany(1), part(2)];
    expect(await Promise.all(scopes.map((scope) => people(scope, query)))).toEqual([
      all,
      ofLaw,
      ofLaw,
      ofArt,
    ]);
  });

  it.each<[query: string, all: number[], ofLaw: number[], ofArt: number[]]>([
    ["", [1, 2, 3, 4, 5, 6, 7], [1, 3, 4, 5], [2, 6, 7]],
    ["sort=-name", [7, 6, 5, 4, 3, 1, 2], [5, 4, 3, 1], [7, 6, 2]],
    ["sort=-spent", [1, 2, 6, 3, 4, 7, 5], [1, 3, 4, 5], [6, 2, 7]],
    ["role=admin", [2, 4], [4], [2]],
    ["status=active", [1, 3, 4, 6], [1, 3, 4], [6]],
    ["status=inactive", [5, 7], [5], [2, 7]],
    ["used=80", [1, 4], [1, 4], []],
    ["organization=ART&sort=-spent", [2, 6, 7], [], [6, 2, 7]],
    ["q=example&status=active", [1, 3, 4, 6], [1, 3, 4], [6]],
    ["q=ana", [1, 2], [1], [2]],
    ["organization=NONE", [], [], []],
  ])("%s has the memberships that a change of all of it is of", async (query, ...expected) => {
    const [all] = expected;
    for (const [index, scope] of [everything, part(1), part(2), part(1, 2), amongMany(1, 2)].entries()) {
      const ids = expected[index] ?? all;
      expect([...membershipIdPieces(scope, viewOf(query))].flat()).toEqual(ids);
      const changeable = await managedMemberships(scope, viewOf(query), ids.length);
      expect(changeable).toEqual(ids.map((id) => ({ id, active: ![2, 5, 7].includes(id) })));
      if (ids.length > 0) expect(await managedMemberships(scope, viewOf(query), ids.length - 1)).toBeNull();
    }
  });

  it("sums up a person's memberships in a part of the enterprise: the latest use, the earliest start, all spending", async () => {
    // Neither of these memberships has been used, and both are new.
    await aMember(1, { email: "eve@example.edu", at: day(11, 25) });
    await aMember(2, { email: "bo@example.edu", at: day(11, 25) });
    for (const scope of [part(1, 2), amongMany(1, 2)]) {
      expect(await people(scope, "sort=-active")).toBe("cy bo ana eve flo di");
      expect(await people(scope, "sort=active&q=example")).toBe("di flo eve ana bo cy");
      expect(await people(scope, "sort=-created")).toBe("flo eve di cy bo ana");
    }
    expect(await people(part(1), "sort=-active")).toBe("cy bo ana eve di");
    expect(await people(part(1), "sort=-created")).toBe("eve di cy bo ana");
    await spent({ member: "eve@example.edu", credits: credits(20), occurredAt: day(11, 25) });
    // Eve has spent 70 in both, and ana 85.
    for (const scope of [part(1, 2), amongMany(1, 2)]) {
      expect(await people(scope, "sort=-spent")).toBe("ana eve bo cy flo di");
    }
    expect(await people(part(1), "sort=-spent")).toBe("ana bo eve cy di");
  });

  it.each<[query: string, index: string, conditions: number, filters: number]>([
    ["", "name", 0, 0],
    ["sort=-spent&status=active", "spent", 1, 0],
    ["status=inactive", "name", 1, 0],
    ["status=inactive&q=a", "name", 0, 2],
    ["sort=active&q=a", "last_active", 0, 1],
    ["sort=created&role=admin", "created", 0, 1],
    ["used=80&status=active&q=a", "name", 0, 2],
  ])("%s is read along members_%s, with %i conditions on it and %i filters", (query, index, ...counts) => {
    const list = orderedMembers(everything, viewOf(query), null);
    expect(list.index).toBe(`members_${index}`);
    expect([list.conditions.length, list.filters.length]).toEqual(counts);
  });

  it.each<[query: string, organization: number | null, ofAll: string, ofPart: string]>([
    ["role=admin", null, "memberships_role", "memberships_organization_name"],
    ["role=admin", 1, "memberships_organization_name", "memberships_organization_name"],
    ["", 1, "memberships_organization_name", "memberships_organization_name"],
    ["used=80", 1, "memberships_near_allowance", "memberships_near_allowance"],
    ["status=inactive&q=a", null, "members_inactive", "memberships_organization_name"],
  ])("%s in organization %s finds its people by an index", (query, organization, ofAll, ofPart) => {
    const indexes = [everything, part(1, 2)].map((scope) => {
      const ids = orderedMembers(scope, viewOf(query), organization).filters.at(-1)?.ids;
      return ids && /INDEXED BY (\w+)/.exec(new SQLiteSyncDialect().sqlToQuery(ids).sql)?.[1];
    });
    expect(indexes).toEqual([ofAll, ofPart]);
  });

  it("looks a person's memberships up by the person, and not by each organization of the scope", () => {
    const [filter] = orderedMembers(part(1, 2), viewOf(""), null).filters;
    const text = (sql: SQL | undefined) => sql && new SQLiteSyncDialect().sqlToQuery(sql).sql;
    expect(text(filter?.condition)).toContain(" +memberships.organization_id IN");
    expect(text(filter?.ids)).toContain(" memberships.organization_id IN");
  });

  it("is prepared where no index has its order, and where it is filtered", async () => {
    const prepared = async (scope: Scope, query: string) =>
      (await prepareMembers(scope, viewOf(query))).matches?.ids ?? null;
    expect(await prepared(part(1, 2), "sort=-spent")).toEqual([1, 5, 2, 3, 6, 4]);
    expect(await prepared(part(1, 2), "q=example&role=viewer&sort=-name")).toEqual([6, 4]);
    expect(await prepared(everything, "q=example&role=viewer&sort=spent")).toEqual([4, 6]);
    expect(await prepared(everything, "q=example")).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await prepared(part(1, 2), "sort=-name")).toEqual([6, 5, 4, 3, 2, 1]);
    for (const [scope, query] of [
      [everything, "sort=-spent"],
      [part(1, 2), "organization=NONE&sort=spent"],
    ] as const) {
      expect(await prepared(scope, query)).toBeNull();
    }
  });

  it("is read again where somebody is gone, or the database was restored, since it was prepared", async () => {
    const view = viewOf("q=example&role=viewer");
    const { generation } = await prepareMembers(everything, view);
    const now = listMembers(everything, view);
    const prepared = (ids: number[], of: number, organizationId: number | null = null) =>
      listMembers(everything, view, { generation: of, organizationId, matches: { ids, more: true } });
    expect(prepared([1, 2], generation).items.map(({ id }) => id)).toEqual([1, 2]);
    expect(prepared([1, 999], generation)).toEqual(now);
    expect(prepared([1, 2], generation - 1)).toEqual(now);
    expect(prepared([1, 2], generation, 1)).toEqual(now);
  });

  it("may be changed where the user manages it, however many others there are", async () => {
    const auditor = await aPortalUser("viewer");
    await aGrant(auditor, "admin", { organizationId: 2 });
    expect((await managedMemberships(scopeOf(auditor), viewOf(""), 3))?.map(({ id }) => id)).toEqual([
      2, 6, 7,
    ]);
    expect(await managedMemberships(scopeOf(auditor), viewOf(""), 2)).toBeNull();
  });

  it("shows a merged membership as such, counts what it spent, and leaves it out of changes", async () => {
    value(await mergeMembers({ member: 2, email: "ana@example.edu" }, operator));
    const [bo] = listMembers(everything, viewOf("")).items;
    expect(bo?.organizations.map(({ id, merged, spentThisMonth }) => [id, merged, spentThisMonth])).toEqual([
      [1, true, credits(80)],
      [2, false, 0n],
      [3, false, credits(100)],
    ]);
    const ofLaw = membershipsSearchParams.defaults;
    const { items } = listMemberships(everything, { id: 1, members: 4 }, ofLaw, MONTH);
    expect(items.map(({ id, merged, spentThisMonth }) => [id, merged, spentThisMonth])).toEqual([
      [1, true, credits(80)],
      [3, false, credits(100)],
      [4, false, credits(9)],
      [5, false, 0n],
    ]);
    expect(membershipIdsOf(everything, 1, ofLaw)).toEqual([3, 4, 5]);
    expect([...membershipIdPieces(everything, viewOf(""))].flat()).toEqual([2, 3, 4, 5, 6, 7]);
  });

  it("counts people, memberships by role, those in use in a month, and those near their allowance", async () => {
    const scopes = [everything, part(1), amongMany(1), part(2)];
    expect(await Promise.all(scopes.map(countPeople))).toEqual([6, 4, 4, 3]);
    const counts = await Promise.all(scopes.map((scope) => memberCounts(scope, [202_610, MONTH, 202_612])));
    const months = (...members: number[]) =>
      members.map((members, index) => ({ month: 202_610 + index, members }));
    const ofLaw = {
      byRole: {
        admin: { all: 1, active: 1 },
        creator: { all: 2, active: 2 },
        viewer: { all: 1, active: 0 },
      },
      months: months(1, 3, 0),
    };
    expect(counts).toEqual([
      {
        byRole: {
          admin: { all: 2, active: 1 },
          creator: { all: 3, active: 3 },
          viewer: { all: 2, active: 0 },
        },
        months: months(2, 4, 0),
      },
      ofLaw,
      ofLaw,
      {
        byRole: {
          admin: { all: 1, active: 0 },
          creator: { all: 1, active: 1 },
          viewer: { all: 1, active: 0 },
        },
        months: months(1, 1, 0),
      },
    ]);
    expect(scopes.map((scope) => countNearAllowance(scope, MONTH))).toEqual([2, 2, 2, 0]);
    expect(countNearAllowance(everything, 202_610)).toBe(0);
  });

  const law = {
    ...{ id: 1, organizationId: 1, code: "LAW", organization: "LAW", role: "creator" },
    ...{ active: true, merged: false, spentThisMonth: credits(80), effectiveAllowance: credits(100) },
  };
  const art = {
    ...{ id: 2, organizationId: 2, code: "ART", organization: "ART", role: "admin" },
    ...{ active: false, merged: false, spentThisMonth: 0n, effectiveAllowance: null },
  };

  it("has the figures of each person in the scope", () => {
    const ana = (scope: Scope, query = "") => listMembers(scope, viewOf(query)).items[0];
    const person = { id: 1, name: "ana", email: "ana@example.edu" };
    expect(ana(everything)).toEqual({
      ...{ ...person, createdAt: day(9, 1), memberships: 2, activeMemberships: 1, spent: credits(85) },
      ...{ spentLastMonth: credits(5), lastActiveAt: day(11, 20), organizations: [law, art] },
    });
    expect(ana(part(2))).toEqual({
      ...{ ...person, createdAt: day(9, 2), memberships: 1, activeMemberships: 0, spent: credits(5) },
      ...{ spentLastMonth: credits(5), lastActiveAt: day(10, 20), organizations: [art] },
    });
    expect(ana(part(1))).toMatchObject({ spentLastMonth: 0n, organizations: [law] });
    expect(ana(everything, "organization=ART")?.organizations).toEqual([art, law]);
    expect(getMember(part(1), 4)).toEqual({
      ...{ id: 4, name: "di", email: "di@example.edu", createdAt: day(9, 5), lastActiveAt: null },
      ...{ memberships: 1, activeMemberships: 0, spent: 0n },
    });
    expect([getMember(part(1), 5), getMember(everything, 9)]).toEqual([null, null]);
  });

  it("names three organizations of a person, those near the allowance first where the view is of them", async () => {
    for (const code of ["ONE", "TWO"]) {
      await aMember(await anOrganization({ code }), { email: "ana@example.edu" });
    }
    await aMember(await anOrganization({ code: "END", balance: credits(10), monthlyAllowance: credits(10) }));
    await spent({ organization: "END", credits: credits(9), occurredAt: day(11, 25) });
    const codes = (query: string) =>
      listMembers(everything, viewOf(query)).items[0]?.organizations.map(({ code }) => code);
    expect(codes("")).toEqual(["LAW", "ART", "ONE"]);
    expect(codes("used=80")).toEqual(["LAW", "END", "ART"]);
    expect(codes("organization=TWO")).toEqual(["TWO", "LAW", "ART"]);
  });

  it("has what a person spent by month and credit type, in the scope", () => {
    const months = (scope: Scope, from = 202_610) =>
      monthsOfMember(scope, 1, from).map(({ creditType, months }) => [creditType.name, months]);
    const ofArt = ["EUR Credits", [{ month: 202_610, spent: credits(5) }]];
    const ofLaw = ["JPY Credits", [{ month: MONTH, spent: credits(80) }]];
    expect(months(everything)).toEqual([ofArt, ofLaw]);
    expect(months(everything, MONTH)).toEqual([ofLaw]);
    expect([months(part(1)), months(part(2)), months(amongMany(1))]).toEqual([[ofLaw], [ofArt], [ofLaw]]);
    const inMonth = (scope: Scope) => [202_610, MONTH].map((month) => spentInMonth(scope, 1, month));
    expect([everything, part(1), part(2)].map(inMonth)).toEqual([
      [credits(5), credits(80)],
      [0n, credits(80)],
      [credits(5), 0n],
    ]);
  });

  it("has a person's memberships and former emails in the scope", async () => {
    const ids = (scope: Scope, limit: number) =>
      membershipsOfMember(scope, { memberId: 1, month: MONTH, limit }).map(({ id }) => id);
    expect([ids(everything, 9), ids(everything, 1), ids(part(2), 9)]).toEqual([[1, 2], [1], [2]]);
    value(await addAlias({ member: 2, email: "bo.old@example.edu" }, operator));
    expect(formerEmailsOf(part(1), 2).map(({ email }) => email)).toEqual(["bo.old@example.edu"]);
    expect(formerEmailsOf(part(2), 2)).toEqual([]);
  });
});

describe("the list of an organization's members", () => {
  const viewIn = (query: string) => membershipsSearchParams.decode(new URLSearchParams(query));

  it.each<[query: string, ids: number[]]>([
    ["", [1, 3, 4, 5]],
    ["sort=-name", [5, 4, 3, 1]],
    ["sort=spent", [5, 4, 3, 1]],
    ["sort=-spent", [1, 3, 4, 5]],
    ["role=creator", [1, 3]],
    ["role=viewer", [5]],
    ["status=active", [1, 3, 4]],
    ["status=inactive", [5]],
    ["status=active&role=admin&sort=-spent", [4]],
    ["used=80", [1, 4]],
    ["used=80&sort=-name", [4, 1]],
    ["used=80&role=admin", [4]],
    ["used=80&q=ana", [1]],
    ["q=bo", [3]],
    ["q=example&sort=spent", [5, 4, 3, 1]],
    ["q=example&status=inactive", [5]],
    ["q=eve", []],
  ])("%s", (query, ids) => {
    // One with very many members is searched another way.
    for (const members of query.includes("q=") ? [4, 20_001] : [4]) {
      for (const size of [1, 2, 50]) {
        const pages = Array.from({ length: Math.max(1, Math.ceil(ids.length / size)) }, (_, index) =>
          listMemberships(everything, { id: 1, members }, { ...viewIn(query), page: index + 1 }, MONTH, size),
        );
        expect(pages.flatMap(({ items }) => items.map(({ id }) => id))).toEqual(ids);
        expect(pages[0]).toMatchObject({ total: ids.length, more: false, pages: pages.length });
      }
    }
    expect(membershipIdsOf(part(1), 1, viewIn(query))).toEqual(ids);
    expect(membershipIdsOf(part(2), 1, viewIn(query))).toEqual([]);
    expect(listMemberships(part(2), { id: 1, members: 4 }, viewIn(query), MONTH)).toEqual({
      ...{ items: [], total: 0, more: false, page: 1, pages: 1 },
    });
  });

  it("has the figures of each membership in the month", () => {
    const [ana, , cy, di] = listMemberships(everything, { id: 1, members: 4 }, viewIn(""), MONTH).items;
    expect(cy).toMatchObject({
      ...{ id: 4, memberId: 3, name: "cy", email: "cy@example.edu", role: "admin", active: true },
      ...{ allowance: "own", monthlyAllowance: credits(10), effectiveAllowance: credits(10) },
      ...{ spentThisMonth: credits(9), spent: credits(9), lastActiveAt: day(11, 22) },
      ...{ createdAt: day(9, 4), merged: false },
      organization: { id: 1, code: "LAW", name: "LAW", active: true, monthlyAllowance: credits(100) },
    });
    expect(ana).toMatchObject({ allowance: "organization", effectiveAllowance: credits(100) });
    expect(di).toMatchObject({ active: false, spentThisMonth: 0n, lastActiveAt: null });
    const before = listMemberships(everything, { id: 1, members: 4 }, viewIn(""), 202_610).items;
    expect(before.map(({ spentThisMonth }) => spentThisMonth)).toEqual([0n, credits(7), 0n, 0n]);
  });

  it("has approved domains in alphabetical order", async () => {
    const domains = ["law.example", "bar.example"];
    value(await setApprovedDomains({ organization: 1, domains }, operator));
    expect(approvedDomainsOf(part(1), 1)).toEqual(["bar.example", "law.example"]);
    expect([approvedDomainsOf(part(2), 1), approvedDomainsOf(everything, 2)]).toEqual([[], []]);
  });

  it("begins with the first active member by name", async () => {
    expect([1, 2, 3].map((id) => firstActiveMember(everything, id))).toEqual([
      "ana@example.edu",
      "eve@example.edu",
      null,
    ]);
    expect(firstActiveMember(part(1), 2)).toBeNull();
  });
});

import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import { describe, expect, it } from "vitest";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { exportOrganizations } from "#lib/organizations/export.ts";
import { listOrganizations, organizationIds } from "#lib/organizations/queries/list.ts";
import { fewOf, filteredRows, orderedList } from "#lib/organizations/queries/list-filters.ts";
import {
  getOrganization,
  organizationBalances,
  organizationsByIds,
} from "#lib/organizations/queries/organizations.ts";
import { organizationTotals, totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { moveSpendingDaysToToday } from "#lib/runway/commands.ts";
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

const NOW = new Date("2026-11-26T12:00:00Z");
let type: number;
let created = 0;

/** An organization that spent so much in the last 30 days of what it had. */
async function spending(code: string, balance: number, spends: number, creditType = type): Promise<number> {
  created += 1;
  const at = new Date(Date.UTC(2026, 9, created));
  const id = await anOrganization({
    ...{ code, name: `School ${code}`, creditType, balance: credits(balance), at },
  });
  await aMember(id, { email: "ana@example.edu" });
  if (spends > 0) await spent({ organization: code, credits: credits(spends), occurredAt: NOW });
  return id;
}

useCopyOfDatabase(async () => {
  type = await aCreditType({ available: credits(100_000) });
  const other = await aCreditType({ name: "EUR Credits", currency: "EUR", available: credits(100_000) });
  await moveSpendingDaysToToday(NOW);
  // 90, 30, 7 and 0 days, none left, 31 days, never spent, and never had any.
  await spending("NINETY", 400, 100);
  await spending("THIRTY", 200, 100);
  await spending("SEVEN", 124, 100);
  const today = await spending("TODAY", 101, 100);
  await spending("EMPTY", 100, 100);
  await spending("MONTH", 204, 100, other);
  await spending("UNUSED", 500, 0);
  await spending("NOTHING", 0, 0);
  value(await changeOrganizationsActive([today], false, operator));
  value(await changeOrganizationsTags([1, 2, 4], { to: "add", tags: ["faculty:law"] }, operator));
  value(await changeOrganizationsTags([2, 5], { to: "add", tags: ["campus:north"] }, operator));
});

const view = (query: string) => organizationsSearchParams.decode(new URLSearchParams(query));

/** This many organizations are not looked up one by one. */
const amongMany = () =>
  partOf(everything, [...[1, 2, 4], ...Array.from({ length: 1_001 }, (_, index) => 1_000 + index)]);

function list(query: string, scope: Scope = everything): string {
  const totals = totalsByCreditType(scope);
  const { items, counts } = listOrganizations(scope, view(query), totals);
  const codes = items.map(({ code }) => code).join(" ");
  // A file and a change of the whole view have the same organizations as all pages of it, of whatever size.
  const ids = organizationIds(scope, { ...view(query), page: 1 });
  for (const size of [2, 3, 100]) {
    const pages = Array.from({ length: Math.ceil(8 / size) }, (_, index) => {
      const { items, page } = listOrganizations(scope, { ...view(query), page: index + 1 }, totals, size);
      // Past the end, the last page is shown.
      return page === index + 1 ? items.map(({ id }) => id) : [];
    });
    expect(pages.flat()).toEqual(ids);
  }
  return `${codes} | ${counts.all} ${counts.active} ${counts.inactive}`;
}

describe("the list", () => {
  it.each<[query: string, ofAll: string, ofLaw: string]>([
    ["", "NOTHING UNUSED MONTH EMPTY TODAY SEVEN THIRTY NINETY | 8 7 1", "TODAY THIRTY NINETY | 3 2 1"],
    [
      "sort=created",
      "NINETY THIRTY SEVEN TODAY EMPTY MONTH UNUSED NOTHING | 8 7 1",
      "NINETY THIRTY TODAY | 3 2 1",
    ],
    [
      "sort=name",
      "EMPTY MONTH NINETY NOTHING SEVEN THIRTY TODAY UNUSED | 8 7 1",
      "NINETY THIRTY TODAY | 3 2 1",
    ],
    [
      "sort=-name",
      "UNUSED TODAY THIRTY SEVEN NOTHING NINETY MONTH EMPTY | 8 7 1",
      "TODAY THIRTY NINETY | 3 2 1",
    ],
    [
      "sort=balance",
      "EMPTY NOTHING TODAY SEVEN THIRTY MONTH NINETY UNUSED | 8 7 1",
      "TODAY THIRTY NINETY | 3 2 1",
    ],
    [
      "sort=-balance",
      "UNUSED NINETY MONTH THIRTY SEVEN TODAY NOTHING EMPTY | 8 7 1",
      "NINETY THIRTY TODAY | 3 2 1",
    ],
    [
      "sort=runs-out",
      "TODAY EMPTY SEVEN THIRTY MONTH NINETY UNUSED NOTHING | 8 7 1",
      "TODAY THIRTY NINETY | 3 2 1",
    ],
    [
      "sort=-runs-out",
      "NOTHING UNUSED NINETY MONTH THIRTY SEVEN EMPTY TODAY | 8 7 1",
      "NINETY THIRTY TODAY | 3 2 1",
    ],
    ["sort=runs-out&runs-out=30", "TODAY EMPTY SEVEN THIRTY | 4 3 1", "TODAY THIRTY | 2 1 1"],
    [
      "sort=-runs-out&runs-out=90&status=active",
      "NINETY MONTH THIRTY SEVEN EMPTY | 6 5 1",
      "NINETY THIRTY | 3 2 1",
    ],
    ["runs-out=7&sort=name", "EMPTY SEVEN TODAY | 3 2 1", "TODAY | 1 0 1"],
    ["runs-out=90&type=2", "MONTH | 1 1 0", " | 0 0 0"],
    ["runs-out=30&q=t&sort=name", "EMPTY THIRTY TODAY | 3 2 1", "THIRTY TODAY | 2 1 1"],
    ["runs-out=30&tag=faculty:law&sort=name", "THIRTY TODAY | 2 1 1", "THIRTY TODAY | 2 1 1"],
    ["runs-out=30&status=inactive", "TODAY | 4 3 1", "TODAY | 2 1 1"],
    ["runs-out=7&q=ninety", " | 0 0 0", " | 0 0 0"],
    ["runs-out=90&q=ninety", "NINETY | 1 1 0", "NINETY | 1 1 0"],
    ["sort=-spent-30d&status=inactive", "TODAY | 8 7 1", "TODAY | 3 2 1"],
    ["sort=spent-30d&q=n&status=active", "UNUSED NOTHING NINETY SEVEN MONTH | 5 5 0", "NINETY | 1 1 0"],
    ["type=2", "MONTH | 1 1 0", " | 0 0 0"],
    ["type=2&status=inactive", " | 1 1 0", " | 0 0 0"],
    [
      "type=1&status=active&sort=name",
      "EMPTY NINETY NOTHING SEVEN THIRTY UNUSED | 7 6 1",
      "NINETY THIRTY | 3 2 1",
    ],
    ["tag=faculty:law&status=inactive", "TODAY | 3 2 1", "TODAY | 3 2 1"],
    ["tag=campus:north", "EMPTY THIRTY | 2 2 0", "THIRTY | 1 1 0"],
    ["tag=campus:north&tag=faculty:law", "THIRTY | 1 1 0", "THIRTY | 1 1 0"],
    ["tag=campus:north&q=empty", "EMPTY | 1 1 0", " | 0 0 0"],
    ["tag=campus:south", " | 0 0 0", " | 0 0 0"],
    ["q=school+e&sort=name", "EMPTY NINETY SEVEN UNUSED | 4 4 0", "NINETY | 1 1 0"],
    ["q=e&type=2", " | 0 0 0", " | 0 0 0"],
  ])("%s", (query, ofAll, ofLaw) => {
    expect(list(query)).toBe(ofAll);
    expect([list(query, partOf(everything, [4, 1, 2])), list(query, amongMany())]).toEqual([ofLaw, ofLaw]);
  });

  it("adds up the credit types of the scope", () => {
    const totals = [everything, amongMany(), partOf(everything, [])].map((scope) =>
      organizationTotals(totalsByCreditType(scope)),
    );
    expect(totals).toEqual([
      {
        ...{ organizations: 8, activeOrganizations: 7, members: 8 },
        ...{ balance: credits(1_029), spent: credits(600) },
      },
      {
        ...{ organizations: 3, activeOrganizations: 2, members: 3 },
        ...{ balance: credits(401), spent: credits(300) },
      },
      { organizations: 0, activeOrganizations: 0, members: 0, balance: 0n, spent: 0n },
    ]);
  });

  it("leads to organizations of the scope alone, with their figures", () => {
    expect(getOrganization(everything, "today")).toMatchObject({
      ...{ id: 4, name: "School TODAY", code: "TODAY", active: false, members: 1, creditsMoved: true },
      ...{ balance: credits(1), spent: credits(100), spentLast30Days: credits(100), tags: ["faculty:law"] },
      ...{ creditTypeId: 1, creditTypeName: "JPY Credits", currency: "JPY", monthlyAllowance: null },
    });
    expect(getOrganization(everything, "NOTHING")).toMatchObject({ active: true, creditsMoved: false });
    expect(getOrganization(amongMany(), "TODAY")?.id).toBe(4);
    expect(getOrganization(amongMany(), "MONTH")).toBeNull();
    expect(getOrganization(everything, "NOPE")).toBeNull();
    const codesOf = (scope: Scope) => organizationsByIds(scope, [6, 4, 99, 1]).map(({ code }) => code);
    expect([codesOf(everything), codesOf(amongMany())]).toEqual([
      ["MONTH", "TODAY", "NINETY"],
      ["TODAY", "NINETY"],
    ]);
    expect(organizationBalances(everything, 2)).toEqual([
      { code: "NINETY", balance: credits(300) },
      { code: "THIRTY", balance: credits(100) },
    ]);
    expect(organizationBalances(amongMany(), 9).map(({ code }) => code)).toEqual([
      "NINETY",
      "THIRTY",
      "TODAY",
    ]);
  });

  it.each<[query: string, index: string, conditions: number, filters: number]>([
    ["", "created_desc", 0, 0],
    ["sort=created&status=active", "created", 1, 0],
    ["sort=-name&type=1&status=inactive", "name", 2, 0],
    ["sort=-members", "members", 0, 0],
    ["sort=balance&tag=faculty:law&q=e", "balance", 0, 2],
    ["sort=spent&runs-out=7", "spent", 0, 1],
    ["sort=-spent-30d", "spent_last_30_days", 0, 0],
    ["sort=runs-out&runs-out=7", "days_left", 1, 0],
    ["sort=-runs-out&runs-out=7&tag=faculty:law", "days_left", 1, 1],
  ])(
    "%s is read along organizations_%s, with %i conditions on it and %i filters",
    (query, index, ...counts) => {
      const list = orderedList(everything, view(query));
      expect(list.index).toBe(`organizations_${index}`);
      expect([list.conditions.length, list.filters.length]).toEqual(counts);
      expect(orderedList(amongMany(), view(query)).filters).toHaveLength(list.filters.length + 1);
    },
  );

  it("is sorted whole in a small scope alone", () => {
    expect([everything, partOf(everything, [4, 1]), amongMany()].map(fewOf)).toEqual([null, [4, 1], null]);
  });

  it.each<[query: string, whole: string, few: string]>([
    [
      "",
      "organizations INDEXED BY organizations_search_text WHERE 1",
      "organizations NOT INDEXED WHERE id IN",
    ],
    [
      "runs-out=7",
      "organizations INDEXED BY organizations_days_left WHERE days_left",
      "organizations NOT INDEXED WHERE id IN",
    ],
    [
      "runs-out=7&q=e",
      "organizations INDEXED BY organizations_search_text WHERE 1 AND +id IN",
      "organizations NOT INDEXED WHERE id IN",
    ],
    ["tag=faculty:law", "organizations NOT INDEXED WHERE id IN", "organizations NOT INDEXED WHERE id IN"],
  ])("%s is counted from the index with the fewest rows", (query, whole, few) => {
    const rows = (scope: Scope) => new SQLiteSyncDialect().sqlToQuery(filteredRows(scope, view(query))).sql;
    expect(rows(everything).startsWith(whole)).toBe(true);
    expect(rows(partOf(everything, [1])).startsWith(few)).toBe(true);
  });
});

describe("the list by how long balances last", () => {
  it("has only the organizations of the scope", async () => {
    const user = await aPortalUser(null);
    await aGrant(user, "viewer", { tag: "faculty:law" });
    expect(list("runs-out=30&sort=runs-out", scopeOf(user))).toBe("TODAY THIRTY | 2 1 1");
    expect(list("runs-out=90&q=ninety", scopeOf(user))).toBe("NINETY | 1 1 0");
  });

  it("is exported with what was spent in 30 days and the day on which credits run out", () => {
    const file = [
      ...exportOrganizations(everything, view("runs-out=30&sort=runs-out"), { figures: true, now: NOW }),
    ].join("");
    const [header = "", ...rows] = file
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(","));
    const cells = rows.map((row) =>
      ["code", "balance", "spent_30_days", "runs_out"].map((name) => row[(header as string[]).indexOf(name)]),
    );
    expect(cells).toEqual([
      ["TODAY", "1", "100", "2026-11-26"],
      ["EMPTY", "0", "100", ""],
      ["SEVEN", "24", "100", "2026-12-03"],
      ["THIRTY", "100", "100", "2026-12-26"],
    ]);
  });
});

import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { database } from "#db/client.ts";
import { backUp } from "#lib/backup/commands/backup.ts";
import { restoreBackup } from "#lib/backup/commands/restore.ts";
import { creditTypeOptions, listCreditTypes } from "#lib/credit-types/queries.ts";
import { listMembers } from "#lib/members/queries/member-list.ts";
import { getMember } from "#lib/members/queries/members.ts";
import { membersSearchParams } from "#lib/members/search-params.ts";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { listOrganizations } from "#lib/organizations/queries/list.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { organizationTotals, totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { enterpriseSpending } from "#lib/overview/queries.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { listTransactions } from "#lib/transactions/queries/list.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";
import {
  spendingByApplication,
  spendingByCreditType,
  spendingByDay,
  spendingMetrics,
  topMembers,
  topOrganizations,
} from "#lib/transactions/spending.ts";
import { credits, everything, operator, spend, value } from "#tests/support/builders.ts";
import { bursar } from "#tests/support/command-line.ts";
import { makeTemporaryDirectory, removeDirectory, useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

// Everything that a running process remembers from the database must follow a restore, which replaces the content of
// the open file. The ledger of the backup is shorter, so the same row ids are given to other entries afterwards.

useFreshDatabase();

const NOW = new Date("2026-11-24T12:00:00Z");
const TODAY = 20_261_124;
const PERIODS = ["all", "this-month", "30-days", "12-months"] as const;

let elsewhere: string;
let file: string;
beforeEach(async () => {
  elsewhere = makeTemporaryDirectory();
  file = path.join(elsewhere, "bursar.backup");
  await makeSmallEnterprise();
});
afterEach(() => removeDirectory(elsewhere));

/** Spending by the ledger's entries, in micro-credits, by any column of it. */
function ledgerSums(column: string): [key: number, spent: bigint][] {
  return database()
    .all<{ key: bigint; spent: bigint }>(
      `SELECT ${column} AS key, sum(CASE credit_account WHEN 'consumed' THEN amount ELSE -amount END) AS spent
       FROM ledger_entries WHERE membership_id IS NOT NULL GROUP BY 1 ORDER BY 1`,
    )
    .map(({ key, spent }) => [Number(key), spent]);
}

const pairs = (shares: { id: number; spent: bigint }[]) =>
  shares.map(({ id, spent }) => [id, spent]).sort(([a], [b]) => Number(a) - Number(b));

/** Asks for every figure of every page, and compares each with the ledger. */
function expectTrueFigures(): void {
  const spent = ledgerSums("1")[0]?.[1] ?? 0n;
  const byOrganization = ledgerSums("organization_id");
  for (const period of PERIODS) {
    const filter = transactionFilter(everything, { ...transactionsSearchParams.defaults, period }, TODAY);
    const days = spendingByDay(filter);
    expect(days.map(({ day, spent }) => [day, spent])).toEqual(ledgerSums("day"));
    expect(spendingMetrics(filter, days, TODAY)).toMatchObject({ spent, thisMonth: spent });
    expect(pairs(spendingByApplication(filter))).toEqual(ledgerSums("application_id"));
    expect(pairs(spendingByCreditType(filter))).toEqual(ledgerSums("credit_type_id"));
    expect(pairs(topOrganizations(filter, 10))).toEqual(byOrganization);
  }
  const byType = [...enterpriseSpending({ from: 20_260_401, to: 20_261_130 })];
  expect(byType.map(([id, days]) => [id, [...days.values()].reduce((all, day) => all + day, 0n)])).toEqual(
    ledgerSums("credit_type_id"),
  );
  const totals = organizationTotals(totalsByCreditType(everything));
  expect(totals.spent).toBe(spent);
  expect(listCreditTypes(everything).reduce((sum, type) => sum + type.totalSpent, 0n)).toBe(spent);
  const organizations = listOrganizations(
    everything,
    organizationsSearchParams.defaults,
    totalsByCreditType(everything),
  ).items;
  expect(pairs(organizations.filter((one) => one.spent > 0n))).toEqual(byOrganization);
  for (const [id, sum] of byOrganization) {
    const members = topMembers(everything, { organizationId: id, month: 202_611, limit: 10 });
    expect(members.reduce((all, member) => all + member.spent, 0n)).toBe(sum);
  }
  const members = listMembers(everything, membersSearchParams.defaults).items;
  expect(members.reduce((all, member) => all + member.spent, 0n)).toBe(spent);
  expect(members.map(({ id }) => getMember(everything, id)?.spent)).toEqual(
    members.map((member) => member.spent),
  );
  const list = listTransactions(
    transactionFilter(everything, transactionsSearchParams.defaults, TODAY),
    transactionsSearchParams.defaults,
  );
  const [count] = database().all<{ n: bigint }>("SELECT count(*) AS n FROM ledger_entries");
  expect(list.items).toHaveLength(Math.min(50, Number(count?.n)));
}

const organizationsNamed = (q: string) =>
  listOrganizations(
    everything,
    { ...organizationsSearchParams.defaults, q },
    totalsByCreditType(everything),
  ).items.map(({ name }) => name);

async function spendTimes(times: number, amount: bigint, change: object = {}) {
  for (let n = 0; n < times; n++) {
    expect(await spend({ credits: amount, application: `app-${n % 2}`, ...change }, NOW)).toMatchObject({
      ok: true,
      value: { status: "recorded" },
    });
  }
}

describe.each([
  [
    "this process",
    async () => {
      value(await restoreBackup(file, operator));
    },
  ],
  [
    "a second process",
    async () => {
      expect(await bursar(["restore", file])).toMatchObject({ code: 0 });
    },
  ],
])("after a restore by %s under an open database", (_by, restore) => {
  test("no figure includes entries that the restore removed", async () => {
    await spendTimes(3, credits(1));
    value(await backUp(file, operator));
    await spendTimes(5, credits(100));
    expectTrueFigures();
    await restore();
    await spendTimes(9, credits(10), { organization: "ART" });
    expect(ledgerSums("1")).toEqual([[1, credits(93)]]);
    expectTrueFigures();
  });

  test("figures are right when the first read comes after as many entries were recorded again", async () => {
    await spendTimes(2, credits(2));
    value(await backUp(file, operator));
    await spendTimes(4, credits(50));
    expectTrueFigures();
    await restore();
    // The same number of entries with the same ids, of other amounts.
    await spendTimes(4, credits(3), { organization: "ART" });
    expectTrueFigures();
  });

  test("search, settings and options are those of the backup and of what came after it", async () => {
    value(await backUp(file, operator));
    const law = getOrganization(everything, "LAW");
    const art = getOrganization(everything, "ART");
    if (!law || !art) throw new Error("no LAW or ART");
    await updateOrganization({ id: art.id, name: "Conservatory", monthlyAllowance: null }, operator);
    value(
      await updateSettings(
        { enterpriseName: "Renamed", timeZone: "Asia/Singapore", dateFormat: "YYYY-MM-DD" },
        operator,
      ),
    );
    expect(organizationsNamed("conservatory")).toEqual(["Conservatory"]);
    expect(getSettings().enterpriseName).toBe("Renamed");
    await restore();
    // At least as many audit entries as the process had read before, about another organization.
    for (const name of ["Faculty of Rights", "Faculty of Fairness", "Faculty of Equity"]) {
      await updateOrganization({ id: law.id, name, monthlyAllowance: null }, operator);
    }
    expect(organizationsNamed("conservatory")).toEqual([]);
    expect(organizationsNamed("beaux")).toEqual(["École des Beaux-Arts"]);
    expect(organizationsNamed("law")).toEqual(["Faculty of Equity"]);
    expect(organizationsNamed("equity")).toEqual(["Faculty of Equity"]);
    expect(getSettings()).toMatchObject({ enterpriseName: "My enterprise", timeZone: "UTC" });
    expect(creditTypeOptions(everything).map(({ name }) => name)).toEqual(["JPY Credits"]);
  });
});

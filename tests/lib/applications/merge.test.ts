import path from "node:path";
import { desc } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { canonicalHref } from "#app/(portal)/transactions/canonical.ts";
import { database } from "#db/client.ts";
import { applications, auditEntries } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { updateApplication } from "#lib/applications/commands.ts";
import { mergeApplications, planApplicationMerge } from "#lib/applications/merge.ts";
import { getApplication, listApplications, suggestApplications } from "#lib/applications/queries.ts";
import { exportTransactions } from "#lib/transactions/export.ts";
import { getTransaction } from "#lib/transactions/queries/entries.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { listTransactions } from "#lib/transactions/queries/list.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { spendingByApplication, spendingByDay } from "#lib/transactions/spending.ts";
import { spendingFigures } from "#lib/transactions/spending-figures.ts";
import { exportSpendingSummary } from "#lib/transactions/summary-export.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { aPortalUser, credits, everything, operator, spend, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

const DAY = 20_261_110;
const at = (hour: number) => new Date(Date.UTC(2026, 10, 10, hour));
const NOW = at(23);

/** Applications: 1 essay-coach, 2 tutor, 3 translator. Entries: 4 to 8, after one purchase and two allocations. */
beforeEach(async () => {
  await makeSmallEnterprise();
  const events: [string, string, number][] = [
    ["essay-coach", "LAW", 1],
    ["tutor", "LAW", 2],
    ["translator", "ART", 4],
    ["tutor", "ART", 8],
    ["essay-coach", "ART", 16],
  ];
  for (const [index, [application, organization, amount]] of events.entries()) {
    await spend(
      { id: `req-${index}`, application, organization, credits: credits(amount), occurredAt: at(index) },
      NOW,
    );
  }
});

const merge = (id: number, into: number) => mergeApplications({ id, into }, operator);
const viewOf = (change: Partial<typeof transactionsSearchParams.defaults>) => ({
  ...transactionsSearchParams.defaults,
  ...change,
});
const filterOf = (change: Parameters<typeof viewOf>[0]) => transactionFilter(everything, viewOf(change), DAY);
const idsOf = (change: Parameters<typeof viewOf>[0]) =>
  listTransactions(filterOf(change), viewOf(change)).items.map(({ id }) => id);
const split = (change: Parameters<typeof viewOf>[0] = {}) =>
  spendingByApplication(filterOf(change)).map(({ id, label, spent }) => [id, label, spent / 1_000_000n]);
const total = (change: Parameters<typeof viewOf>[0]) =>
  spendingByDay(filterOf(change)).reduce((sum, { spent }) => sum + spent, 0n) / 1_000_000n;

describe("a merge of applications", () => {
  it("shows the other one in lists, filters, splits and figures, whatever else is filtered", async () => {
    expect(split()).toEqual([
      [1, "essay-coach", 17n],
      [2, "tutor", 10n],
      [3, "translator", 4n],
    ]);
    value(await merge(1, 2));
    expect(split()).toEqual([
      [2, "tutor", 27n],
      [3, "translator", 4n],
    ]);
    expect(split({ organization: "LAW" })).toEqual([[2, "tutor", 3n]]);
    expect(split({ member: "ana@example.edu" })).toEqual([
      [2, "tutor", 27n],
      [3, "translator", 4n],
    ]);
    for (const application of [1, 2, "tutor", "ESSAY-coach"]) {
      expect([application, idsOf({ application })]).toEqual([application, [8, 7, 5, 4]]);
      expect([application, total({ application })]).toEqual([application, 27n]);
    }
    expect(idsOf({ application: 2, organization: "ART" })).toEqual([8, 7]);
    expect(idsOf({ application: 2, type: 1 })).toEqual([8, 7, 5, 4]);
    expect(idsOf({ application: 2, member: "ana@example.edu" })).toEqual([8, 7, 5, 4]);
    expect(idsOf({ application: 2, externalId: "req-0" })).toEqual([4]);
    expect(idsOf({ application: 2, kind: "spend", from: DAY, to: DAY })).toEqual([8, 7, 5, 4]);
    expect(total({ application: 2, organization: "ART", from: DAY })).toBe(24n);
    expect(total({ application: 2, member: "ana@example.edu" })).toBe(27n);
    expect(idsOf({ application: 3 })).toEqual([6]);
  });

  it("adds up the split by organization, also where its sums were remembered before", async () => {
    const organizations = async (application: number) => {
      const view = viewOf({ application, tab: "spending", from: 20_261_101, to: 20_261_130 });
      const table = (await spendingFigures(everything, view, DAY))?.table;
      return typeof table === "object"
        ? table.rows.map(({ key, total }) => [key, total / 1_000_000n])
        : table;
    };
    expect(await organizations(2)).toEqual([
      ["ART", 8n],
      ["LAW", 2n],
    ]);
    value(await merge(1, 2));
    const united = [
      ["ART", 24n],
      ["LAW", 3n],
    ];
    expect(await organizations(2)).toEqual(united);
    expect(await organizations(1)).toEqual(united);
  });

  it("leaves the ledger as it is: an entry's page tells the name that it was recorded with", async () => {
    const recorded = () =>
      database().$client.prepare("SELECT application_id FROM ledger_entries WHERE id > 3").pluck().all();
    expect(recorded()).toEqual([1n, 2n, 3n, 2n, 1n]);
    value(await merge(1, 2));
    expect(recorded()).toEqual([1n, 2n, 3n, 2n, 1n]);
    expect(getTransaction(everything, 4)).toMatchObject({
      application: { id: 2, name: "tutor" },
      recordedAs: "essay-coach",
    });
    expect(getTransaction(everything, 5)).toMatchObject({
      application: { id: 2, name: "tutor" },
      recordedAs: "tutor",
    });
    expect(getTransaction(everything, 1)).toMatchObject({ application: null, recordedAs: null });
  });

  it("counts later events that name the merged one for the other", async () => {
    value(await merge(1, 2));
    await spend({ id: "later", application: "Essay-Coach", credits: credits(32), occurredAt: at(6) }, NOW);
    expect(split()).toEqual([
      [2, "tutor", 59n],
      [3, "translator", 4n],
    ]);
    expect(idsOf({ application: 2 })).toEqual([9, 8, 7, 5, 4]);
    expect(database().select().from(applications).all()).toHaveLength(3);
    const file = path.join(process.env.DATA_DIR ?? "", "bursar.sqlite");
    expect(verifyDatabase(file)).toMatchObject({ ok: true });
  });

  it("has the other's name in both exports", async () => {
    value(await merge(1, 2));
    const all = [...exportTransactions(filterOf({ application: 2 }))].join("");
    expect([all.includes("essay-coach"), all.match(/,tutor,/g)?.length]).toEqual([false, 4]);
    const summary = [...exportSpendingSummary(filterOf({}))].join("").trimEnd().split("\r\n").slice(1);
    expect(summary.map((row) => row.split(",").filter((_, index) => [1, 5, 6, 10].includes(index)))).toEqual([
      ["ART", "translator", "4", "1"],
      ["ART", "tutor", "24", "2"],
      ["LAW", "tutor", "3", "2"],
    ]);
  });

  it("leads an address with the merged one to the other, and suggests only the other", async () => {
    value(await merge(1, 2));
    const ledTo = (application: string) =>
      canonicalHref(
        everything,
        { application },
        transactionsSearchParams.decode({ application }),
        "/transactions",
      );
    expect(await Promise.all(["1", "essay-coach", "2"].map(ledTo))).toEqual([
      "/transactions?application=2",
      "/transactions?application=2",
      null,
    ]);
    expect(suggestApplications(everything, "o", 10).map(({ id }) => id)).toEqual([3, 2]);
    expect(suggestApplications(everything, "essay", 10)).toEqual([]);
    expect(suggestApplications(everything, "essay-coach", 10).map(({ id }) => id)).toEqual([2]);
    expect(listApplications(everything, "essay").items).toMatchObject([
      { id: 1, mergedInto: { id: 2, name: "tutor" } },
    ]);
  });

  it("takes those along that were merged before, so that none follows another", async () => {
    value(await merge(1, 2));
    expect(value(planApplicationMerge(database(), { id: 2, into: 3 }))).toMatchObject({ followers: 1 });
    value(await merge(2, 3));
    expect([getApplication(everything, 1)?.mergedInto, getApplication(everything, 2)?.mergedInto]).toEqual([
      { id: 3, name: "translator" },
      { id: 3, name: "translator" },
    ]);
    expect(split()).toEqual([[3, "translator", 31n]]);
    expect(idsOf({ application: 3 })).toEqual([8, 7, 6, 5, 4]);
  });

  it("is refused with itself, with what is merged or is not there, and beyond a hundred", async () => {
    const code = async (id: number, into: number) => {
      const result = await merge(id, into);
      return result.ok ? "done" : result.code;
    };
    expect([await code(1, 1), await code(9, 1), await code(1, 9)]).toEqual([
      "same_application",
      "application_not_found",
      "application_not_found",
    ]);
    expect(await code(1, 2)).toBe("done");
    expect([await code(1, 3), await code(3, 1)]).toEqual(["application_merged", "application_merged"]);
    expect(await updateApplication({ id: 1, name: "New", status: "listed" }, operator)).toMatchObject({
      code: "application_merged",
    });
    const rows = Array.from({ length: 98 }, (_, index) => `app-${index}`);
    database()
      .insert(applications)
      .values(rows.map((name) => ({ name, nameKey: name, createdAt: NOW, mergedIntoId: 2 })))
      .run();
    expect([await code(3, 2), await code(2, 3)]).toEqual(["too_many_merged", "too_many_merged"]);
  });

  it("is an admin's, and has an audit entry", async () => {
    const viewer = await aPortalUser("viewer");
    await expect(mergeApplications({ id: 1, into: 2 }, viewer)).rejects.toThrow(ForbiddenError);
    expect(getApplication(everything, 1)?.mergedInto).toBeNull();
    value(await merge(1, 2));
    expect(database().select().from(auditEntries).orderBy(desc(auditEntries.id)).get()).toMatchObject({
      action: "application.merged",
      subjectKind: "application",
      subjectId: 2,
      subjectLabel: "tutor",
      before: null,
      after: '{"name":"tutor","merged":"essay-coach"}',
    });
  });
});

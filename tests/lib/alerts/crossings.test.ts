import path from "node:path";
import { asc, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { database } from "#db/client.ts";
import { alerts } from "#db/schema/index.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { allocateCredits, returnCredits } from "#lib/ledger/commands/transfers.ts";
import { mergeMembers } from "#lib/members/merge.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  credits,
  operator,
  requestId,
  spent,
  spentTogether,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const NOW = new Date("2026-11-26T10:00:00Z");

/** "kind threshold state" of every alert of these kinds, oldest first. */
function stored(...kinds: string[]): string[] {
  return database()
    .select()
    .from(alerts)
    .orderBy(asc(alerts.id))
    .all()
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ kind, threshold, state, resolution }) =>
      [kind, threshold, state, ...(resolution ? [resolution] : [])].join(" "),
    );
}

const allocated = async (organization: number, whole: number) =>
  value(
    await allocateCredits(
      { organization, amount: credits(whole), note: null, requestId: requestId() },
      operator,
      NOW,
    ),
  );

/** LAW with ana and a balance of 1,000 credits out of 10,000. */
async function law(monthlyAllowance: bigint | null = null): Promise<number> {
  const creditType = await aCreditType({ available: credits(10_000), at: NOW });
  return anOrganization({
    creditType,
    balance: credits(1000),
    members: ["ana@example.edu"],
    monthlyAllowance,
    at: NOW,
  });
}

test("an alert opens when the balance falls below a share of the last allocation, once", async () => {
  await law();
  await spent({ credits: credits(800) }, NOW);
  expect(stored("balance_share")).toEqual([]);
  await spent({ credits: 1n }, NOW);
  expect(stored("balance_share")).toEqual(["balance_share 20 open"]);
  await spent({ credits: credits(10) }, NOW);
  expect(stored("balance_share")).toEqual(["balance_share 20 open"]);
  expect(database().select().from(alerts).get()).toMatchObject({
    value: 199_999_999n,
    limitValue: credits(200),
    base: credits(1000),
    openedAt: NOW,
  });
});

test("a top-up resolves it from five points above, and it opens again", async () => {
  const organization = await law();
  await spent({ credits: credits(900) }, NOW);
  // 20% of the new allocation of 10 credits.
  await allocated(organization, 10);
  expect(stored("balance_share")).toEqual(["balance_share 20 resolved credits_added"]);
  await spent({ credits: credits(109) }, NOW);
  expect(stored("balance_share")).toEqual([
    "balance_share 20 resolved credits_added",
    "balance_share 20 open",
  ]);
  await allocated(organization, 1);
  expect(stored("balance_share")).toHaveLength(2);
  expect(stored("balance_share")[1]).toBe("balance_share 20 resolved credits_added");
});

test("a reversal resolves it, and is named as the cause", async () => {
  await law();
  const { id } = await spent({ credits: credits(900) }, NOW);
  const entry = database()
    .$client.prepare("SELECT id FROM ledger_entries WHERE external_id = ?")
    .pluck()
    .get(id);
  value(await reverseEntry({ entry: Number(entry), note: null, requestId: requestId() }, operator, NOW));
  expect(stored("balance_share")).toEqual(["balance_share 20 resolved entry_reversed"]);
});

test("between the two limits an alert stays as it is", async () => {
  const organization = await law();
  await spent({ credits: credits(900) }, NOW);
  // The balance of 100 + 24 is below 25% of the last allocation, 1000.
  value(
    await returnCredits(
      { organization, amount: credits(50), note: null, requestId: requestId() },
      operator,
      NOW,
    ),
  );
  expect(stored("balance_share")).toEqual(["balance_share 20 open"]);
});

test("an allowance opens alerts at 80 and at 100 percent of a month", async () => {
  await law(credits(100));
  await spent({ credits: credits(79) }, NOW);
  expect(stored("allowance_share")).toEqual([]);
  await spent({ credits: credits(1) }, NOW);
  expect(stored("allowance_share")).toEqual(["allowance_share 80 open"]);
  await spent({ credits: credits(20) }, NOW);
  expect(stored("allowance_share")).toEqual(["allowance_share 80 open", "allowance_share 100 open"]);
  await spent({ credits: credits(90), occurredAt: new Date("2026-12-02T10:00:00Z") });
  expect(stored("allowance_share")).toEqual([
    "allowance_share 80 resolved period_ended",
    "allowance_share 100 resolved period_ended",
    "allowance_share 80 open",
  ]);
});

test("the allowance of somebody who was merged is that of both memberships", async () => {
  const organization = await law(credits(100));
  const ana = database().$client.prepare("SELECT id FROM members").pluck().get() as bigint;
  await aMember(organization, { email: "bo@example.edu", at: NOW });
  await spent({ credits: credits(70) }, NOW);
  const { id } = await spent({ member: "bo@example.edu", credits: credits(85) }, NOW);
  expect(stored("allowance_share")).toEqual(["allowance_share 80 open"]);
  value(await mergeMembers({ member: Number(ana), email: "bo@example.edu" }, operator, NOW));
  expect(stored("allowance_share")).toEqual([
    "allowance_share 80 resolved membership_merged",
    "allowance_share 80 open",
    "allowance_share 100 open",
  ]);
  // The entry names the membership that was merged.
  const entry = database()
    .$client.prepare("SELECT id FROM ledger_entries WHERE external_id = ?")
    .pluck()
    .get(id);
  value(await reverseEntry({ entry: Number(entry), note: null, requestId: requestId() }, operator, NOW));
  expect(stored("allowance_share").slice(1)).toEqual([
    "allowance_share 80 resolved entry_reversed",
    "allowance_share 100 resolved entry_reversed",
  ]);
});

test("a month far above the last one opens alerts at 50 and at 100 percent more", async () => {
  await law();
  await spent({ credits: credits(100), occurredAt: new Date("2026-10-10T10:00:00Z") }, NOW);
  await spent({ credits: credits(149) }, NOW);
  expect(stored("month_growth")).toEqual([]);
  await spent({ credits: credits(1) }, NOW);
  expect(stored("month_growth")).toEqual(["month_growth 50 open"]);
  await spent({ credits: credits(50) }, NOW);
  expect(stored("month_growth")).toEqual(["month_growth 50 open", "month_growth 100 open"]);
});

test("a pool opens an alert when an allocation leaves less than a share of the last purchase", async () => {
  const organization = await law();
  await allocated(organization, 8000);
  expect(stored("pool_share", "pool_amount")).toEqual([]);
  await allocated(organization, 1);
  expect(stored("pool_share", "pool_amount")).toEqual(["pool_share 10 open"]);
  await allocated(organization, 999);
  expect(stored("pool_share", "pool_amount")).toEqual(["pool_share 10 open", "pool_amount 1000000 open"]);
});

test("a refused posting leaves no alert", async () => {
  await law();
  await expect(spentTogether([{ credits: credits(900) }, { credits: credits(900) }], NOW)).rejects.toThrow();
  // The first of the two was recorded and answered before the test refused the second.
  expect(stored("balance_share")).toEqual(["balance_share 20 open"]);
});

test("the limits of many organizations in one transaction are each their own", async () => {
  const creditType = await aCreditType({ available: credits(10_000), at: NOW });
  for (const code of ["A", "B", "C"]) {
    const id = await anOrganization({ code, creditType, balance: credits(100), at: NOW });
    await aMember(id, { email: "ana@example.edu" });
  }
  await spentTogether(
    [
      { organization: "A", credits: credits(81) },
      { organization: "B", credits: credits(80) },
      { organization: "C", credits: credits(100) },
    ],
    NOW,
  );
  const open = database()
    .select({ id: alerts.organizationId, kind: alerts.kind })
    .from(alerts)
    .where(sql`kind LIKE 'balance%' AND kind <> 'balance_days'`)
    .orderBy(asc(alerts.id))
    .all();
  expect(open).toEqual([
    { id: 1, kind: "balance_share" },
    { id: 3, kind: "balance_amount" },
    { id: 3, kind: "balance_share" },
  ]);
  const report = verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite"));
  expect(report.checks.flatMap(({ mismatches }) => mismatches)).toEqual([]);
});

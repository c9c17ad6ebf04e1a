import { fork } from "node:child_process";
import { once } from "node:events";
import { beforeEach, expect, it } from "vitest";
import { database, openDatabase } from "#db/client.ts";
import { snapshot } from "#db/statement.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { exportTransactions } from "#lib/transactions/export.ts";
import { listFigures } from "#lib/transactions/figures.ts";
import type { Grouping } from "#lib/transactions/rules/grouping.ts";
import { granularityOf } from "#lib/transactions/rules/periods.ts";
import { type TransactionsView, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { spendingByDay, topMembers } from "#lib/transactions/spending.ts";
import { spendingFigures } from "#lib/transactions/spending-figures.ts";
import { credits, everything, operator, requestId, spend, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();
beforeEach(async () => {
  await makeSmallEnterprise();
});

const NOW = new Date("2026-11-24T12:00:00Z");
const TODAY = 20_261_124;

async function figures(change: Partial<TransactionsView> = {}, today = TODAY) {
  const view = { ...transactionsSearchParams.defaults, ...change };
  const read = await listFigures(everything, view, today);
  if (!read) throw new Error("the ledger is empty");
  return { ...read, days: spendingByDay(read.filter) };
}

async function spending(change: Partial<TransactionsView> = {}, today = TODAY) {
  const view = { ...transactionsSearchParams.defaults, tab: "spending" as const, ...change };
  const read = await spendingFigures(everything, view, today);
  if (!read || typeof read.table === "string") throw new Error("there is no table");
  return { ...read, table: read.table };
}

const sum = (parts: readonly { spent: bigint }[]) => parts.reduce((all, { spent }) => all + spent, 0n);

it("agree with each other at every look while another process records", async () => {
  const spender = fork("tests/support/spending-process.ts", ["look"], {
    env: { ...process.env, NODE_ENV: "test" },
  });
  const seen = new Set<bigint>();
  try {
    await once(spender, "message");
    // Until enough was recorded between the looks.
    for (let look = 0; look < 120 || (seen.size < 20 && look < 5_000); look++) {
      for (const by of ["organization", "application", "member", "key", "model", "tag:faculty"] as const) {
        const { metrics, bars, table } = await spending({ by, from: 20_200_101 }, 20_990_101);
        const { rows, others, none } = table;
        const parts = [...rows, others, none].reduce((all, row) => all + (row?.total ?? 0n), 0n);
        expect([metrics.spent, table.totals.total, parts, others]).toEqual([
          sum(bars),
          sum(bars),
          sum(bars),
          null,
        ]);
        seen.add(metrics.spent);
      }
    }
  } finally {
    spender.kill();
  }
  expect(seen.size).toBeGreaterThanOrEqual(20);
});

it("of a snapshot are those of its first read, whatever another connection commits", () => {
  const other = openDatabase(database().$client.name);
  const count = () => database().$client.prepare("SELECT count(*) FROM applications").pluck().get();
  try {
    const counts = snapshot(() => {
      const before = count();
      other.$client.exec("INSERT INTO applications (name, name_key, created_at) VALUES ('x', 'x', 0)");
      return [before, count()];
    });
    expect(counts).toEqual([0n, 0n]);
    expect(count()).toBe(1n);
  } finally {
    other.$client.close();
  }
});

it("begin with the first day that still has spending: a reversed one does not count", async () => {
  const old = value(await spend({ credits: credits(7), occurredAt: new Date("2001-01-01T12:00:00Z") }, NOW));
  expect(old.status).toBe("recorded");
  const [entry] = (await figures()).list.items.filter((item) => item.kind === "spend");
  expect((await figures()).days).toEqual([{ day: 20_010_101, spent: credits(7) }]);
  value(await reverseEntry({ entry: entry?.id ?? 0, note: null, requestId: requestId() }, operator, NOW));
  for (const [day, whole] of [
    ["2026-11-21", 500],
    ["2026-11-24", 500],
  ] as const) {
    await spend({ credits: credits(whole), occurredAt: new Date(`${day}T10:00:00Z`) }, NOW);
  }
  const { days, metrics } = await figures();
  expect(days).toEqual([
    { day: 20_261_121, spent: credits(500) },
    { day: 20_261_124, spent: credits(500) },
  ]);
  // 1,000 credits over the four days from the 21st to the 24th.
  expect(metrics).toMatchObject({ spent: credits(1000), days: 4, perDay: credits(250) });
  expect(granularityOf(days[0]?.day ?? 0, TODAY)).toBe("day");
});

it("of this month are this month's, whatever older range is chosen", async () => {
  await spend({ credits: credits(2), occurredAt: new Date("2026-08-10T10:00:00Z") }, NOW);
  await spend({ credits: credits(3), occurredAt: new Date("2026-10-10T10:00:00Z") }, NOW);
  await spend({ credits: credits(5), occurredAt: new Date("2026-11-10T10:00:00Z") }, NOW);
  const { metrics } = await figures({ from: 20_260_801, to: 20_260_831 });
  expect(metrics).toMatchObject({ spent: credits(2), thisMonth: credits(5) });
  expect(metrics.comparison).toMatchObject({ nowSpent: credits(5), beforeSpent: credits(3) });
});

it("of a member begin and end with the day, whatever the hour", async () => {
  for (const at of ["2026-10-31T20:00:00Z", "2026-11-01T01:00:00Z", "2026-11-02T01:00:00Z"]) {
    await spend({ credits: credits(1), occurredAt: new Date(at) }, NOW);
  }
  const view = { member: "ana@example.edu", from: 20_261_101, to: 20_261_101 };
  expect((await figures(view)).days).toEqual([{ day: 20_261_101, spent: credits(1) }]);
});

it("of a member's whole time begin with the first day that still has spending, in every organization", async () => {
  const spendOn = async (day: string, whole: number, organization = "LAW") =>
    value(await spend({ credits: credits(whole), occurredAt: new Date(day), organization }, NOW));
  await spendOn("2026-01-10T10:00:00Z", 7);
  await spendOn("2026-03-01T10:00:00Z", 11);
  const reversed = (await figures({ kind: "spend" })).list.items.map(({ id }) => id);
  await spendOn("2026-03-15T10:00:00Z", 13, "ART");
  await spendOn("2026-08-31T23:30:00Z", 17);
  await spendOn("2026-10-05T10:00:00Z", 19);
  await spendOn("2026-11-01T10:00:00Z", 23, "ART");
  const february = new Date("2026-02-01T10:00:00Z");
  value(await spend({ member: "bo@example.edu", credits: credits(100), occurredAt: february }, NOW));
  for (const entry of reversed) {
    value(await reverseEntry({ entry, note: null, requestId: requestId() }, operator, NOW));
  }
  const metrics = async (change: Partial<TransactionsView>) => (await figures(change)).metrics;
  // From March 15 to November 24.
  expect(await metrics({ member: "ana@example.edu" })).toEqual({
    spent: credits(72),
    days: 255,
    perDay: 282_353n,
    thisMonth: credits(23),
    comparison: {
      now: { from: 20_261_101, to: 20_261_124 },
      nowSpent: credits(23),
      before: { from: 20_261_001, to: 20_261_024 },
      beforeSpent: credits(19),
    },
  });
  expect(await metrics({ member: "ana@example.edu", organization: "ART" })).toMatchObject({
    spent: credits(36),
    days: 255,
  });
  expect(await metrics({ member: "ana@example.edu", organization: "LAW" })).toMatchObject({
    spent: credits(36),
    days: 86,
    perDay: 418_605n,
  });
  // A filter that no month has is added up from the entries.
  expect(await metrics({ member: "ana@example.edu", application: 1 })).toMatchObject({
    spent: credits(72),
    days: 255,
  });
  expect(await metrics({ member: "ana@example.edu", from: 20_260_801 })).toMatchObject({
    spent: credits(59),
    days: 116,
  });
});

it("of a member who spent in these two months alone begin with the first of those days", async () => {
  expect((await figures({ member: "ana@example.edu" })).metrics).toMatchObject({ spent: 0n, days: 0 });
  await spend({ credits: credits(5), occurredAt: new Date("2026-11-20T10:00:00Z") }, NOW);
  expect((await figures({ member: "ana@example.edu" })).metrics).toMatchObject({
    spent: credits(5),
    days: 5,
    perDay: credits(1),
  });
});

it("name applications and credit types as they were written", async () => {
  await spend({ application: "Essay-Coach", credits: credits(1) }, NOW);
  await spend({ application: "tutor", credits: credits(2) }, NOW);
  const rows = async (by: Grouping) =>
    (await spending({ by })).table.rows.map(({ label, detail, total }) => [label, detail, total]);
  expect(await rows("application")).toEqual([
    ["tutor", null, credits(2)],
    ["Essay-Coach", null, credits(1)],
  ]);
  expect(await rows("type")).toEqual([["JPY Credits", "JPY", credits(3)]]);
  expect(await rows("organization")).toEqual([["Faculty of Law", "LAW", credits(3)]]);
});

it("name no member whose spending was all reversed", async () => {
  await spend({ member: "bo@example.edu", credits: credits(4) }, NOW);
  await spend({ credits: credits(1) }, NOW);
  const [latest] = (await figures({ member: "ana@example.edu" })).list.items;
  value(await reverseEntry({ entry: latest?.id ?? 0, note: null, requestId: requestId() }, operator, NOW));
  expect(
    topMembers(everything, { organizationId: 1, month: 202_611, limit: 5 }).map(({ email, spent }) => [
      email,
      spent,
    ]),
  ).toEqual([["bo@example.edu", credits(4)]]);
});

it("of the export are the balance after each entry", async () => {
  await spend({ credits: credits(1) }, NOW);
  await spend({ credits: credits(2) }, NOW);
  const { filter } = await figures({ kind: "spend" });
  const [head = "", ...rows] = [...exportTransactions(filter)].join("").split("\r\n").filter(Boolean);
  const column = head.replace("\uFEFF", "").split(",").indexOf("balance_after");
  expect(rows.map((row) => row.split(",")[column])).toEqual(["997", "999"]);
});

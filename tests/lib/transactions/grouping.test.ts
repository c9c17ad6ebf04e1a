import { sql } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { organizationIdOf } from "#lib/organization-codes/queries.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { scopeOfKey } from "#lib/scope/scope.ts";
import { matchExternalId } from "#lib/search/matches.ts";
import { listFigures } from "#lib/transactions/figures.ts";
import { memberParts } from "#lib/transactions/parts/member-parts.ts";
import { tagKeys } from "#lib/transactions/parts/tag-parts.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { transactionsSearchParams as codec, type TransactionsView } from "#lib/transactions/search-params.ts";
import { exportSpendingTable } from "#lib/transactions/spending-export.ts";
import { spendingFigures } from "#lib/transactions/spending-figures.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  credits,
  everything,
  operator,
  requestId,
  spend,
  usageEvent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const NOW = new Date("2026-11-24T12:00:00Z");
const TODAY = 20_261_124;

/** Five organizations, of which ALONE has no faculty and BOTH has two. */
beforeEach(async () => {
  const creditType = await aCreditType({ available: credits(10_000) });
  for (const [code, whole, day, tags] of [
    ["ART", 10, "2026-11-20", ["faculty:arts", "site:lyon"]],
    ["SCI", 30, "2026-11-21", ["faculty:science"]],
    ["BIO", 5, "2026-10-21", ["faculty:science", "faculty-old:x"]],
    ["BOTH", 7, "2026-11-21", ["faculty:science", "faculty:arts"]],
    ["ALONE", 3, "2026-11-22", ["site:lyon"]],
  ] as const) {
    const id = await anOrganization({ code, creditType, balance: credits(100) });
    await aMember(id, { email: "ana@example.edu", name: "Ana García" });
    await aMember(id, { email: `${code.toLowerCase()}@example.edu`, name: code });
    value(await changeOrganizationsTags([id], { to: "add", tags }, operator));
    const occurredAt = new Date(`${day}T10:00:00Z`);
    value(
      await spend(
        { id: code, organization: code, member: "ana@example.edu", credits: credits(whole), occurredAt },
        NOW,
      ),
    );
  }
});

async function spending(change: Partial<TransactionsView>) {
  const view = { ...codec.defaults, tab: "spending" as const, ...change };
  const figures = await spendingFigures(everything, view, TODAY);
  if (!figures || typeof figures.table === "string") throw new Error("there is no table");
  return { ...figures, table: figures.table };
}

const whole = (amount: bigint) => Number(amount) / 1_000_000;

/** The table as texts: its columns' first days, each row's cells and total. */
async function table(change: Partial<TransactionsView>) {
  const { table, buckets } = await spending(change);
  const { rows, others, none, totals } = table;
  const sums = (row: { cells: bigint[]; total: bigint } | null) =>
    row && [...row.cells.map(whole), whole(row.total)];
  return {
    columns: buckets.map(({ from }) => from),
    rows: Object.fromEntries(rows.map((row) => [row.label, sums(row)])),
    others: sums(others),
    none: sums(none),
    totals: sums(totals),
  };
}

describe("by a key of tags", () => {
  it("counts an organization with two values once, in a combined part, and the rest in none", async () => {
    expect(
      await table({ by: "tag:faculty", period: "12-months", from: 20_261_001, to: TODAY, per: "month" }),
    ).toEqual({
      columns: [20_261_001, 20_261_101],
      rows: { science: [5, 30, 35], arts: [0, 10, 10], "arts + science": [0, 7, 7] },
      others: null,
      none: [0, 3, 3],
      totals: [5, 50, 55],
    });
  });

  it.each([
    [{ from: 20_261_101 }, { science: 30, arts: 10, "arts + science": 7 }, 50],
    [{ from: 20_261_001, to: 20_261_031 }, { science: 5 }, 5],
    [{ period: "2026-10" }, { science: 5 }, 5],
    [{ period: "2026-q4" }, { science: 35, arts: 10, "arts + science": 7 }, 55],
    [{ member: "1" }, { science: 35, arts: 10, "arts + science": 7 }, 55],
    [{ externalId: "BOTH" }, { "arts + science": 7 }, 7],
    [{ application: 1 }, { science: 35, arts: 10, "arts + science": 7 }, 55],
    [{ type: 1 }, { science: 35, arts: 10, "arts + science": 7 }, 55],
    [{ type: 2 }, {}, 0],
    [{ by: "tag:site" }, { lyon: 13 }, 55],
    [{ organization: "ART" }, { arts: 10 }, 10],
    [{ organization: "ALONE" }, {}, 3],
  ] as const)("follows the filters: %j", async (change, parts, total) => {
    const { rows, totals } = await table({ by: "tag:faculty", ...change });
    expect(Object.fromEntries(Object.entries(rows).map(([label, sums]) => [label, sums?.at(-1)]))).toEqual(
      parts,
    );
    expect(totals?.at(-1)).toBe(total);
  });

  it.each([
    [{ tag: ["faculty:science"] }, ["BOTH", "SCI", "BIO"]],
    [{ tag: ["faculty:science"], only: "faculty" }, ["SCI", "BIO"]],
    [{ tag: ["faculty:arts", "faculty:science"], only: "faculty" }, ["BOTH"]],
    [{ only: "faculty" }, ["ALONE"]],
    [{ tag: ["site:lyon"], organization: "ART" }, ["ART"]],
    [{ tag: ["site:lyon"], organization: "SCI" }, []],
    [{ tag: ["site:lyon"], member: "1" }, ["ALONE", "ART"]],
    [{ tag: ["nothing:here"] }, []],
  ] as const)("has a list of each part: %j", async (change, organizations) => {
    const view = { ...codec.defaults, kind: "spending" as const, ...change };
    const figures = await listFigures(everything, view, TODAY);
    const codes = figures?.list.items.map(({ organization }) => organization?.code);
    expect(codes?.toSorted()).toEqual(organizations.toSorted());
    const amounts = figures?.list.items.map(({ amount }) => amount) ?? [];
    expect(figures?.metrics.spent).toBe(amounts.reduce((sum, amount) => sum + amount, 0n));
    expect((await spending(change)).table.totals.total).toBe(figures?.metrics.spent);
  });

  it("offers the keys that exist, but on one organization", async () => {
    expect(tagKeys(everything, 10)).toEqual(["faculty", "faculty-old", "site"]);
    expect(tagKeys(everything, 1)).toEqual(["faculty-old"]);
    expect((await spending({})).groupings).toEqual([
      "organization",
      "member",
      "application",
      "type",
      "key",
      "model",
      "tag:faculty",
      "tag:faculty-old",
      "tag:site",
    ]);
    expect((await spending({ organization: "ART" })).groupings).toEqual([
      "member",
      "application",
      "key",
      "model",
    ]);
  });
});

describe("by each part and length of time", () => {
  beforeEach(async () => {
    const event = (
      id: string,
      organization: string,
      member: string,
      amount: bigint,
      at: string,
      model?: string,
    ) =>
      usageEvent({
        id,
        organization,
        member,
        application: id.startsWith("t") ? "tutor" : "essay-coach",
        credits: amount,
        occurredAt: new Date(`2026-${at}:00:00Z`),
        ...(model && { metadata: JSON.stringify({ model }) }),
      });
    await recordBatch(
      [
        event("e-1", "SCI", "sci@example.edu", 2_500_000n, "11-22T23", "gpt-4o"),
        event("t-1", "SCI", "ana@example.edu", 1_000_001n, "11-23T00", "small"),
        event("t-2", "SCI", "sci@example.edu", 4_000_000n, "11-23T01", "gpt-4o"),
        event("e-2", "ART", "art@example.edu", 8_000_000n, "11-01T08"),
      ],
      operator,
      { now: NOW },
    );
    // Takes back 4 credits of the 23rd, also in the splits by model and by application.
    value(
      await reverseEntry(
        { entry: matchExternalId(everything, "t-2", 1)[0] ?? 0, note: null, requestId: requestId() },
        operator,
        NOW,
      ),
    );
  });

  const view = { from: 20_261_120, to: 20_261_124 } as const;
  const columns = [20_261_120, 20_261_121, 20_261_122, 20_261_123, 20_261_124];

  it("has an organization's members by day, less what was reversed", async () => {
    expect(await table({ ...view, organization: "SCI", by: "member" })).toEqual({
      columns,
      rows: {
        "Ana García": [0, 30, 0, 1.000001, 0, 31.000001],
        SCI: [0, 0, 2.5, 0, 0, 2.5],
      },
      others: null,
      none: null,
      totals: [0, 30, 2.5, 1.000001, 0, 33.500001],
    });
  });

  it.each(["organization", "member", "model", "key"] as const)(
    "by %s, a month and its days agree",
    async (by) => {
      for (const filters of [{}, { organization: "SCI" }, { application: 2 }, { type: 1 }, { member: "1" }]) {
        const months = await table({ ...filters, period: "2026-11", per: "month", by });
        const days = await table({ ...filters, period: "2026-11", per: "day", by });
        const weeks = await table({ ...filters, period: "2026-11", per: "week", by });
        const totalsOf = ({ rows, none, totals }: typeof months) => ({
          rows: Object.fromEntries(Object.entries(rows).map(([label, sums]) => [label, sums?.at(-1)])),
          none: none?.at(-1),
          total: totals?.at(-1),
        });
        expect(totalsOf(days)).toEqual(totalsOf(months));
        expect(totalsOf(weeks)).toEqual(totalsOf(months));
        // November 2026 begins on a Sunday. The last week ends with the chart.
        const sundays = [1, 8, 15, 22, 29];
        const inWeeks = (sums: number[]) =>
          weeks.columns.map((_, week) =>
            sums
              .slice(sundays[week - 1] ?? 0, sundays[week])
              .reduce((sum, one) => sum + Math.round(one * 1e6), 0),
          );
        for (const [label, sums] of Object.entries(days.rows)) {
          const cells = weeks.rows[label]?.slice(0, -1).map((one) => Math.round(one * 1e6));
          expect(cells, label).toEqual(inWeeks(sums?.slice(0, -1) ?? []));
        }
      }
    },
  );

  it("has a person of several organizations once", async () => {
    const { rows, totals } = await table({ period: "this-month", per: "month", by: "member" });
    expect(rows).toEqual({
      "Ana García": [51.000001, 51.000001],
      ART: [8, 8],
      SCI: [2.5, 2.5],
    });
    expect(totals).toEqual([61.500001, 61.500001]);
  });

  it("has what has no model as a rest", async () => {
    expect(await table({ ...view, by: "model" })).toEqual({
      columns,
      rows: { "gpt-4o": [0, 0, 2.5, 0, 0, 2.5], small: [0, 0, 0, 1.000001, 0, 1.000001] },
      others: null,
      none: [10, 37, 3, 0, 0, 50],
      totals: [10, 37, 5.5, 1.000001, 0, 53.500001],
    });
  });

  it("of an organization, has its models less what was reversed of them, and the rest without a model", async () => {
    const event = (id: string, amount: number, metadata?: string) => ({
      ...usageEvent({ id, organization: "SCI", credits: credits(amount) }),
      occurredAt: new Date("2026-11-23T10:00:00Z"),
      ...(metadata && { metadata }),
    });
    const events = [
      event("m-1", 5, '{"model":"small"}'),
      event("m-2", 2, '{"model":"small"}'),
      event("m-3", 4),
    ];
    await recordBatch(events, operator, { now: NOW });
    const entry = matchExternalId(everything, "m-2", 1)[0] ?? 0;
    value(await reverseEntry({ entry, note: null, requestId: requestId() }, operator, NOW));
    const onDay = { from: 20_261_122, to: 20_261_123, organization: "SCI", by: "model" } as const;
    expect(await table(onDay)).toMatchObject({
      rows: { "gpt-4o": [2.5, 0, 2.5], small: [0, 6.000001, 6.000001] },
      none: [0, 4, 4],
      totals: [2.5, 10.000001, 12.500001],
    });
    expect(await table({ ...onDay, application: 1 })).toMatchObject({ none: [0, 4, 4] });
    expect((await table({ ...onDay, model: "small" })).rows).toEqual({ small: [0, 6.000001, 6.000001] });
  });

  it("has keys by their name, less what was reversed of them, and the rest without a key", async () => {
    const organization = organizationIdOf(database(), "SCI");
    const keyOf = async (organization: number | null, name: string) => {
      const { id } = value(await createApiKey({ organization, name, expires: null }, operator));
      return { kind: "api_key" as const, id, name, organizationId: organization, address: null };
    };
    const own = await keyOf(organization, "gateway");
    const shared = await keyOf(null, "shared");
    const event = (id: string, amount: number, of = "SCI") => ({
      ...usageEvent({ id, organization: of, credits: credits(amount) }),
      occurredAt: new Date("2026-11-23T10:00:00Z"),
    });
    await recordBatch([event("k-1", 5), event("k-2", 2)], own, { now: NOW });
    await recordBatch([event("k-3", 4), event("k-4", 1, "ART")], shared, { now: NOW });
    const entry = matchExternalId(everything, "k-2", 1)[0] ?? 0;
    value(await reverseEntry({ entry, note: null, requestId: requestId() }, operator, NOW));
    const onDay = { from: 20_261_122, to: 20_261_123, by: "key" } as const;
    expect(await table(onDay)).toMatchObject({
      rows: { gateway: [0, 5, 5], shared: [0, 5, 5] },
      none: [5.5, 1.000001, 6.500001],
      totals: [5.5, 11.000001, 16.500001],
    });
    expect(await table({ ...onDay, organization: "SCI" })).toMatchObject({
      rows: { gateway: [0, 5, 5], shared: [0, 4, 4] },
      none: [2.5, 1.000001, 3.500001],
      totals: [2.5, 10.000001, 12.500001],
    });
    const ofOwn = await spendingFigures(
      scopeOfKey(own),
      { ...codec.defaults, tab: "spending", ...onDay },
      TODAY,
    );
    expect(
      typeof ofOwn?.table === "object" && ofOwn.table.rows.map(({ key, label }) => [key, label]),
    ).toEqual([
      [String(own.id), "gateway"],
      ["", "Keys of the whole enterprise"],
    ]);

    // The list of a key has what the key reported and the reversals of that, so that it adds up to the row.
    const listOf = async (change: Partial<TransactionsView>, scope = everything) => {
      const figures = await listFigures(scope, { ...codec.defaults, ...change }, TODAY);
      return [
        figures?.list.items.map(({ kind, externalId }) => (kind === "spend" ? externalId : kind)).sort(),
        whole(figures?.metrics.spent ?? 0n),
      ];
    };
    expect(await listOf({ key: own.id })).toEqual([["k-1", "k-2", "reversal"], 5]);
    expect(await listOf({ key: own.id, kind: "reversal" })).toEqual([["reversal"], 5]);
    expect(await listOf({ key: shared.id })).toEqual([["k-3", "k-4"], 5]);
    expect(await listOf({ key: shared.id, organization: "ART" })).toEqual([["k-4"], 1]);
    expect(await listOf({ key: own.id, organization: "ART" })).toEqual([[], 0]);
    expect(await listOf({ key: own.id, from: 20_261_124 })).toEqual([[], 0]);
    expect(await listOf({ key: shared.id + 1 })).toEqual([[], 0]);
    expect(await listOf({ key: own.id }, scopeOfKey(own))).toEqual([["k-1", "k-2", "reversal"], 5]);
    expect(await listOf({ key: shared.id }, scopeOfKey(own))).toEqual([[], 0]);
    expect(await table({ ...onDay, key: shared.id, by: "organization" })).toMatchObject({
      rows: { SCI: [0, 4, 4], ART: [0, 1, 1] },
      totals: [0, 5, 5],
    });
  });

  it("has weeks that begin on Monday, the first and last cut to the range", async () => {
    const { columns, totals } = await table({ from: 20_261_101, to: TODAY, per: "week", by: "application" });
    expect(columns).toEqual([20_261_101, 20_261_102, 20_261_109, 20_261_116, 20_261_123]);
    expect(totals).toEqual([8, 0, 0, 52.5, 1.000001, 61.500001]);
  });

  it("has the largest rows and the others together", async () => {
    const view = {
      ...codec.defaults,
      tab: "spending" as const,
      by: "organization" as const,
      from: 20_261_101,
    };
    const figures = await spendingFigures(everything, view, TODAY, null, 2);
    if (!figures || typeof figures.table === "string") throw new Error("there is no table");
    const { rows, others, totals } = figures.table;
    expect(rows.map(({ key, total }) => [key, whole(total)])).toEqual([
      ["SCI", 33.500001],
      ["ART", 18],
    ]);
    expect(others?.count).toBeNull();
    expect(whole(others?.total ?? 0n)).toBe(10);
    expect(others?.cells.reduce((sum, cell) => sum + cell, 0n)).toBe(others?.total);
    expect(whole(totals.total)).toBe(61.500001);
    const members = await spendingFigures(everything, { ...view, by: "member" }, TODAY, null, 1);
    if (!members || typeof members.table === "string") throw new Error("there is no table");
    expect(members.table.others).toMatchObject({ count: 2 });
    // Names are read of the people with rows alone.
    const filter = transactionFilter(everything, { ...view, by: "member" }, TODAY);
    const parts = (await memberParts(filter, { granularity: "month", limit: 1 }))();
    expect(parts).toMatchObject({ count: 3, parts: [{ label: expect.any(String) }] });
  });

  it.each(["month", "day"] as const)(
    "reads members by %s again when somebody spends who is not among them, while all have a row",
    async (granularity) => {
      const filter = transactionFilter(everything, { ...codec.defaults, by: "member" }, TODAY);
      const all = await memberParts(filter, { granularity, limit: 10 });
      const totals = (parts: ReturnType<typeof all>) =>
        parts !== null && typeof parts !== "string"
          ? parts.parts.map(({ detail, days }) => [
              detail,
              whole(days.reduce((sum, { spent }) => sum + spent, 0n)),
            ])
          : parts;
      const spendIn = async (organization: string, member: string) =>
        value(await spend({ id: member, organization, member, credits: credits(2) }, NOW));
      const others = [
        ["art@example.edu", 8],
        ["sci@example.edu", 2.5],
      ];
      expect(totals(all())).toEqual([["ana@example.edu", 56.000001], ...others]);
      await spendIn("ART", "ana@example.edu");
      expect(totals(all())).toEqual([["ana@example.edu", 58.000001], ...others]);
      await spendIn("BIO", "bio@example.edu");
      expect(totals(all())).toBeNull();
      const again = await memberParts(filter, { granularity, limit: 10 });
      expect(totals(again())).toEqual([["ana@example.edu", 58.000001], ...others, ["bio@example.edu", 2]]);
      const largest = await memberParts(filter, { granularity, limit: 1 });
      await spendIn("BOTH", "both@example.edu");
      expect(totals(largest())).toEqual([["ana@example.edu", 58.000001]]);
    },
  );

  it("adds up to 100,000 entries in pieces, and tells where there are more", async () => {
    const copy = (entries: number) =>
      database().run(sql`WITH RECURSIVE numbers (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < ${entries})
        INSERT INTO ledger_entries (kind, debit_account, credit_account, amount, credit_type_id, organization_id,
          membership_id, application_id, occurred_at, day, recorded_at, external_id, source, request_hash, balance_after, metadata)
        SELECT kind, debit_account, credit_account, 1, credit_type_id, organization_id, membership_id, application_id,
          occurred_at + value / 3, day, recorded_at, 'copy-' || value || '-' || ${entries}, source, request_hash, 0,
          '{"model":"copied"}'
        FROM ledger_entries, numbers WHERE external_id = 'e-1'`);
    copy(99_000);
    const ofScience = { organization: "SCI", by: "model", from: 20_261_102 } as const;
    const { table } = await spending(ofScience);
    expect(table.rows.map(({ key, total }) => [key, total])).toEqual([
      ["gpt-4o", 2_500_000n],
      ["small", 1_000_001n],
      ["copied", 99_000n],
    ]);
    copy(1_001);
    const figures = await spendingFigures(
      everything,
      { ...codec.defaults, tab: "spending", ...ofScience },
      TODAY,
    );
    expect(figures?.table).toBe("entries");
    expect(figures && exportSpendingTable(figures)).toBeNull();
    const ofArt = await spending({ ...ofScience, organization: "ART" });
    expect(ofArt.table.none?.total).toBe(credits(10));
  }, 60_000);

  it("compares with the range before, bar by bar", async () => {
    const { previous, bars } = await spending({ period: "this-month", per: "month" });
    expect(bars.map(({ spent }) => whole(spent))).toEqual([61.500001]);
    expect(previous?.map(({ from, to, spent }) => [from, to, whole(spent)])).toEqual([
      [20_261_001, 20_261_031, 5],
    ]);
    expect((await spending({ period: "all" })).previous).toBeNull();
    const ofModel = await spending({ period: "2026-12", model: "gpt-4o", per: "month" });
    expect(ofModel.previous).toBeNull();
  });

  it("is a file with its sums in the last row", async () => {
    const figures = await spending({ ...view, organization: "SCI", by: "member" });
    expect([...(exportSpendingTable(figures) ?? [])].join("").split("\r\n")).toEqual([
      "member,detail,total,2026-11-20,2026-11-21,2026-11-22,2026-11-23,2026-11-24",
      "Ana García,ana@example.edu,31.000001,0,30,0,1.000001,0",
      "SCI,sci@example.edu,2.5,0,0,2.5,0,0",
      "(total),,33.500001,0,30,2.5,1.000001,0",
      "",
    ]);
    const byTag = await spending({ by: "tag:faculty", from: 20_261_101, per: "week" });
    expect([...(exportSpendingTable(byTag) ?? [])].join("").split("\r\n").slice(0, 1)).toEqual([
      "faculty,detail,total,2026-11-01/2026-11-01,2026-11-02/2026-11-08,2026-11-09/2026-11-15,2026-11-16/2026-11-22,2026-11-23/2026-11-24",
    ]);
  });
});

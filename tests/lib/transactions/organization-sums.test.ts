import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { database, openDatabase } from "#db/client.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { enterpriseSpending } from "#lib/overview/queries.ts";
import { piecesOf } from "#lib/transactions/organization-sums.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { type TransactionsView, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import {
  prepareTopOrganizations,
  spendingByApplication,
  spendingByCreditType,
  spendingByDay,
  topOrganizations,
} from "#lib/transactions/spending.ts";
import { everything, operator, requestId, spend } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();
beforeEach(async () => {
  await makeSmallEnterprise();
});

const TODAY = 20_261_124;

/** The same from the entries themselves. */
function read(part: string, view: Partial<TransactionsView>): { key: number; spent: bigint }[] {
  const { range } = transactionFilter(everything, { ...transactionsSearchParams.defaults, ...view }, TODAY);
  // Also an application that nothing was spent in yet, which the filter does not know.
  const application = view.application === undefined ? null : Number(view.application);
  return database()
    .$client.prepare(
      `SELECT ${part} AS key, sum(CASE credit_account WHEN 'consumed' THEN amount ELSE -amount END) AS spent
       FROM ledger_entries WHERE membership_id IS NOT NULL AND day >= ? AND day <= ? AND (? IS NULL OR application_id = ?)
       GROUP BY 1 HAVING spent > 0 ORDER BY 1`,
    )
    .all(range.from ?? 0, range.to ?? 99_999_999, application, application)
    .map((row) => row as { key: bigint; spent: bigint })
    .map(({ key, spent }) => ({ key: Number(key), spent }));
}

function expectTrue(view: Partial<TransactionsView>) {
  const filter = transactionFilter(everything, { ...transactionsSearchParams.defaults, ...view }, TODAY);
  const something = <T extends { spent: bigint }>(sums: T[]) => sums.filter(({ spent }) => spent > 0n);
  const byId = (shares: { id: number; spent: bigint }[]) =>
    something(shares)
      .map(({ id, spent }) => ({ key: id, spent }))
      .sort((a, b) => a.key - b.key);
  expect(something(spendingByDay(filter)).map(({ day, spent }) => ({ key: day, spent }))).toEqual(
    read("day", view),
  );
  expect(byId(spendingByApplication(filter))).toEqual(read("application_id", view));
  expect(byId(spendingByCreditType(filter))).toEqual(read("credit_type_id", view));
  // The overview's days are remembered too, of the range that was read last.
  const { from: first, to: last } = filter.range;
  const days = new Map<number, bigint>();
  for (const ofType of enterpriseSpending({ from: first ?? 20_260_101, to: last ?? 20_261_231 }).values()) {
    for (const [day, spent] of ofType) days.set(day, (days.get(day) ?? 0n) + spent);
  }
  if (view.application === undefined) {
    expect(
      something([...days].map(([key, spent]) => ({ key, spent }))).sort((a, b) => a.key - b.key),
    ).toEqual(read("day", view));
  }
  const top = topOrganizations(filter, 10);
  expect(byId(top)).toEqual(read("organization_id", view));
  expect(top.map(({ spent }) => spent)).toEqual(
    [...top.map(({ spent }) => spent)].sort((a, b) => (a < b ? 1 : -1)),
  );
}

it("agrees with the entries at every look, whatever was spent or reversed since the last", async () => {
  const view = fc.constantFrom<Partial<TransactionsView>>(
    {},
    { period: "30-days" },
    { period: "this-month" },
    { from: 20_261_015, to: 20_261_102 },
    { application: 1 },
    { application: 2, period: "12-months" },
  );
  const step = fc.oneof(
    fc.record({
      day: fc.integer({ min: 1, max: 60 }),
      organization: fc.constantFrom("LAW", "ART"),
      app: fc.nat(2),
    }),
    fc.record({ reverse: fc.nat() }),
    fc.record({ look: view, prepare: fc.boolean() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      for (const one of steps) {
        if ("look" in one) {
          const filter = transactionFilter(
            everything,
            { ...transactionsSearchParams.defaults, ...one.look },
            TODAY,
          );
          if (one.prepare) await prepareTopOrganizations(filter);
          expectTrue(one.look);
        } else if ("reverse" in one) {
          const ids = database().all<{ id: bigint }>(
            "SELECT id FROM ledger_entries WHERE kind = 'spend' AND id NOT IN (SELECT reverses_id FROM ledger_entries WHERE reverses_id IS NOT NULL)",
          );
          const id = ids[one.reverse % Math.max(1, ids.length)]?.id;
          if (id) await reverseEntry({ entry: Number(id), note: null, requestId: requestId() }, operator);
        } else {
          const occurredAt = new Date(Date.UTC(2026, 8, 25 + one.day));
          await spend(
            { organization: one.organization, application: `app-${one.app}`, occurredAt, credits: 1_001n },
            new Date("2026-11-24T12:00:00Z"),
          );
        }
      }
      expectTrue({});
    }),
    {
      numRuns: 40,
      examples: [
        [
          [
            { day: 1, organization: "LAW", app: 0 },
            { look: { application: 2 }, prepare: false },
          ],
        ],
      ],
    },
  );
});

it("sees what another process records", async () => {
  await spend({}, new Date("2026-11-24T12:00:00Z"));
  expectTrue({ period: "30-days" });
  const other = openDatabase(database().$client.name);
  try {
    await spend({ organization: "ART" }, new Date("2026-11-24T12:00:00Z"), other);
  } finally {
    other.$client.close();
  }
  expectTrue({ period: "30-days" });
});

it("leaves out what is recorded while it reads in pieces, and adds it afterwards", async () => {
  const now = new Date("2026-11-24T12:00:00Z");
  await spend({ credits: 5_000_000n, occurredAt: new Date("2026-09-10T00:00:00Z") }, now);
  await spend(
    { credits: 3_000_000n, organization: "ART", occurredAt: new Date("2026-10-10T00:00:00Z") },
    now,
  );
  const filter = transactionFilter(
    everything,
    { ...transactionsSearchParams.defaults, period: "12-months" },
    TODAY,
  );
  const prepared = prepareTopOrganizations(filter);
  // Between the first piece and the last.
  await spend(
    { credits: 4_000_000n, organization: "ART", occurredAt: new Date("2026-09-11T00:00:00Z") },
    now,
  );
  await prepared;
  expect(topOrganizations(filter, 10).map(({ code, spent }) => [code, spent])).toEqual([
    ["ART", 7_000_000n],
    ["LAW", 5_000_000n],
  ]);
});

describe("a range in pieces", () => {
  const recorded = { first: 202_609, last: 202_611 };
  it.each([
    [{ from: null, to: null }, [{ month: 202_609 }, { month: 202_610 }, { month: 202_611 }]],
    [{ from: 20_261_001, to: 20_261_031 }, [{ month: 202_610 }]],
    [
      { from: 20_260_925, to: 20_261_002 },
      [
        { from: 20_260_925, to: 20_260_928 },
        { from: 20_260_929, to: 20_260_930 },
        { from: 20_261_001, to: 20_261_002 },
      ],
    ],
    [
      { from: 20_261_005, to: 20_261_011 },
      [
        { from: 20_261_005, to: 20_261_008 },
        { from: 20_261_009, to: 20_261_011 },
      ],
    ],
    [{ from: null, to: 20_260_902 }, [{ from: 20_260_901, to: 20_260_902 }]],
    [{ from: 20_270_101, to: null }, []],
    [{ from: 20_200_101, to: 20_300_101 }, [{ month: 202_609 }, { month: 202_610 }, { month: 202_611 }]],
  ])("%j", (range, pieces) => {
    expect(piecesOf(range, recorded)).toEqual(pieces);
  });
});

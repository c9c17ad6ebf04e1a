import fc from "fast-check";
import { beforeEach, expect, it } from "vitest";
import { database, openDatabase } from "#db/client.ts";
import { reverseEntry } from "#lib/ledger/commands.ts";
import { ManySums } from "#lib/transactions/kept-sums.ts";
import { filterOf } from "#lib/transactions/queries.ts";
import { type TransactionsView, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import {
  spendingByApplication,
  spendingByCreditType,
  spendingByDay,
  topOrganizations,
} from "#lib/transactions/spending.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise, operator, requestId, spend } from "#tests/support/enterprise.ts";

useFreshDatabase();
beforeEach(async () => {
  await makeSmallEnterprise();
});

const TODAY = 20_261_124;

/** The same from the entries themselves, which nobody keeps. */
function read(part: string, view: Partial<TransactionsView>): { key: number; spent: bigint }[] {
  const { range, applicationId } = filterOf({ ...transactionsSearchParams.defaults, ...view }, TODAY);
  return database()
    .$client.prepare(
      `SELECT ${part} AS key, sum(CASE credit_account WHEN 'consumed' THEN amount ELSE -amount END) AS spent
       FROM ledger_entries WHERE membership_id IS NOT NULL AND day >= ? AND day <= ? AND (? IS NULL OR application_id = ?)
       GROUP BY 1 HAVING spent > 0 ORDER BY 1`,
    )
    .all(range.from ?? 0, range.to ?? 99_999_999, applicationId, applicationId)
    .map((row) => row as { key: bigint; spent: bigint })
    .map(({ key, spent }) => ({ key: Number(key), spent }));
}

function expectTrue(view: Partial<TransactionsView>) {
  const filter = filterOf({ ...transactionsSearchParams.defaults, ...view }, TODAY);
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
  const top = topOrganizations(filter, 10);
  expect(byId(top)).toEqual(read("organization_id", view));
  expect(top.map(({ spent }) => spent)).toEqual(
    [...top.map(({ spent }) => spent)].sort((a, b) => (a < b ? 1 : -1)),
  );
}

it("says at every look what the entries say, whatever was spent or reversed since the last", async () => {
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
    fc.record({ look: view }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      for (const one of steps) {
        if ("look" in one) expectTrue(one.look);
        else if ("reverse" in one) {
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
    { numRuns: 40 },
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

it("finds the largest anew only where they may have changed", () => {
  const change = fc.tuple(fc.nat(12), fc.bigInt(-4n, 6n));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const sums = new ManySums([]);
      const plain = new Map<number, bigint>();
      for (const [key, spent] of changes) {
        sums.add(key, spent);
        plain.set(key, (plain.get(key) ?? 0n) + spent);
        const sorted = [...plain]
          .map(([key, spent]) => ({ key, spent }))
          .filter(({ spent }) => spent > 0n)
          .sort((a, b) => Number(b.spent - a.spent) || a.key - b.key);
        expect(sums.top(3)).toEqual(sorted.slice(0, 3));
      }
    }),
  );
});

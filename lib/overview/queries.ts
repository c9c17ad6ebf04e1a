import { sql } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import { ENTRY_SPENT } from "#db/schema/index.ts";
import { snapshot, statement } from "#db/statement.ts";
import { processWide } from "#lib/process-wide.ts";
import { type AsOf, asOfNow, canBeCarried } from "#lib/transactions/carried-sums.ts";
import type { SpentEntry } from "#lib/transactions/spent-entries.ts";

/** What was spent on each day, e.g. 20261124, by credit type. No map is ever changed. */
export type SpendingByType = ReadonlyMap<number, ReadonlyMap<number, bigint>>;

type Rows = Iterable<readonly [creditTypeId: bigint, day: bigint, spent: bigint]>;

/** Adds rows to a spending. The days of a type without a row are the same map as before. */
function withRows(spending: SpendingByType, rows: Rows): SpendingByType {
  const changed = new Map<number, Map<number, bigint>>();
  for (const [creditTypeId, day, spent] of rows) {
    const id = Number(creditTypeId);
    const days = changed.get(id) ?? new Map(spending.get(id));
    changed.set(id, days);
    days.set(Number(day), (days.get(Number(day)) ?? 0n) + spent);
  }
  return new Map([...spending, ...changed]);
}

type Range = { from: number; to: number };

/** With more types and days than this, nothing is remembered: they would take some ten megabytes. */
const MAX_DAYS = 100_000;

/** Reading the counters of seven types over 222 days takes 1.2 ms, so the last range is remembered and carried forward. */
const remembered = processWide(
  "lib/overview/queries",
  () => new WeakMap<Database, Range & AsOf & { spending: SpendingByType }>(),
);

/** The spending of the whole enterprise. */
export function enterpriseSpending({ from, to }: Range): SpendingByType {
  return snapshot(() => {
    const last = remembered.get(database());
    const isUsable = last && last.from === from && last.to === to && canBeCarried(last);
    const asOf = asOfNow();
    if (isUsable && last.upToId === asOf.upToId) return last.spending;
    const spending = isUsable
      ? withRows(last.spending, newEntries({ from, to }, last.upToId))
      : withRows(new Map(), counters({ from, to }));
    const days = [...spending.values()].reduce((sum, { size }) => sum + size, 0);
    if (days <= MAX_DAYS) remembered.set(database(), { from, to, ...asOf, spending });
    return spending;
  });
}

/** In the order of the counters' primary key: nothing is sorted. */
const counters = ({ from, to }: Range): Rows =>
  statement(
    sql`SELECT d.credit_type_id, d.day, sum(d.spent) FROM credit_types t CROSS JOIN credit_type_days d
      ON d.credit_type_id = t.id AND d.day >= ${from} AND d.day <= ${to} GROUP BY t.id, d.day`,
  ).lists<[bigint, bigint, bigint]>();

const newEntries = ({ from, to }: Range, afterId: number): Rows =>
  statement(
    sql`SELECT credit_type_id, day, sum(${ENTRY_SPENT}) FROM ledger_entries NOT INDEXED
      WHERE id > ${afterId} AND membership_id IS NOT NULL AND day >= ${from} AND day <= ${to} GROUP BY 1, 2`,
  ).lists<[bigint, bigint, bigint]>();

/** The spending of a part of the enterprise, from what `scopeSpendingNow` has read of it. */
export function scopeSpendingByType(entries: readonly SpentEntry[], from: number): SpendingByType {
  return withRows(
    new Map(),
    entries
      .filter(({ day }) => day >= from)
      .map(({ credit_type_id, day, spent }) => [credit_type_id, day, spent] as const),
  );
}

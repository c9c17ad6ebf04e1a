import { sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import type { SpentEntry } from "#lib/transactions/spent-entries.ts";

/** What was spent on each day, e.g. 20261124, by credit type. */
export type SpendingByType = Map<number, Map<number, bigint>>;

function byType(rows: Iterable<readonly [creditTypeId: bigint, day: bigint, spent: bigint]>): SpendingByType {
  const types: SpendingByType = new Map();
  for (const [creditTypeId, day, spent] of rows) {
    const days = types.get(Number(creditTypeId)) ?? new Map<number, bigint>();
    types.set(Number(creditTypeId), days);
    days.set(Number(day), (days.get(Number(day)) ?? 0n) + spent);
  }
  return types;
}

/** The spending of the whole enterprise, from its counters, in the order of their primary key: nothing is sorted. */
export function enterpriseSpending({ from, to }: { from: number; to: number }): SpendingByType {
  return byType(
    statement(
      sql`SELECT d.credit_type_id, d.day, sum(d.spent) FROM credit_types t CROSS JOIN credit_type_days d
        ON d.credit_type_id = t.id AND d.day >= ${from} AND d.day <= ${to} GROUP BY t.id, d.day`,
    ).lists<[bigint, bigint, bigint]>(),
  );
}

/** The spending of a part of the enterprise, from what `scopeSpendingNow` has read of it. */
export function scopeSpendingByType(entries: readonly SpentEntry[], from: number): SpendingByType {
  return byType(
    entries
      .filter(({ day }) => day >= from)
      .map(({ credit_type_id, day, spent }) => [credit_type_id, day, spent] as const),
  );
}

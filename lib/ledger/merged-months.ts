import { max, type SQLWrapper, sql } from "drizzle-orm";
import { type Database, database, type Transaction } from "#db/client.ts";
import { ledgerEntries, membershipMerges, membershipMonths, memberships } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { DAY_MS } from "#lib/calendar.ts";

const value = sql.placeholder;

/**
 * The column, in a query over memberships and other tables, of what memberships that were merged into each one spent in
 * `month`, e.g. 202611; micro-credits.
 */
export const mergedSpentColumn = (month: number | SQLWrapper) =>
  sql<bigint>`coalesce((SELECT sum(months.spent) FROM memberships merged
    JOIN membership_months months ON months.membership_id = merged.id AND months.month = ${month}
    WHERE merged.merged_into_id = ${memberships.id}), 0)`;

const mergedMonth = statement((db) =>
  db
    .select({ spent: sql<bigint>`coalesce(sum(${membershipMonths.spent}), 0)` })
    .from(memberships)
    .innerJoin(
      membershipMonths,
      sql`${membershipMonths.membershipId} = ${memberships.id} AND ${membershipMonths.month} = ${value("month")}`,
    )
    .where(sql`${memberships.mergedIntoId} = ${value("membershipId")}`),
);

/**
 * What memberships that were merged into this one spent in `month`, e.g. 202611; micro-credits. It counts toward the
 * allowance too. The sums of a membership, and what its entries keep of them, are its own alone, because a merge does not
 * change the ledger.
 */
export function mergedMonthSpent(
  { membershipId, month }: { membershipId: number; month: number },
  db: Database = database(),
): bigint {
  return mergedMonth.list<[bigint]>({ membershipId, month }, db)?.[0] ?? 0n;
}

/** Days before and after an entry that hold its whole month in every time zone, so that an index ends the search. */
const MONTH_AROUND_MS = 33 * DAY_MS;

const mergedMonthThen = statement(sql`
  SELECT coalesce(sum(
    coalesce((SELECT months.spent FROM membership_months months
      WHERE months.membership_id = merge.membership_id AND months.month = entry.day / 100), 0)
    + coalesce((SELECT sum(reversal.amount) FROM ledger_entries reversal INDEXED BY ledger_entries_organization_kind
      WHERE reversal.organization_id = entry.organization_id AND reversal.kind <> 'spend'
        AND reversal.occurred_at BETWEEN entry.occurred_at - ${MONTH_AROUND_MS} AND entry.occurred_at + ${MONTH_AROUND_MS}
        AND reversal.id > entry.id AND reversal.kind = 'reversal'
        AND reversal.membership_id = merge.membership_id AND reversal.day / 100 = entry.day / 100), 0)), 0)
  FROM ledger_entries entry
  JOIN membership_merges merge ON merge.into_id = entry.membership_id AND merge.after_entry_id < entry.id
  WHERE entry.id = ${value("entryId")}`);

/**
 * What {@link mergedMonthSpent} was when the entry was recorded. Later merges and reversals do not change it.
 *
 * A merged membership never spends again, so its sum of the month has changed since by reversals alone: this adds those
 * that are later than the entry. It does not read the membership's entries of the month, because there may be 100,000, and
 * each repeat in a batch asks.
 */
export function mergedMonthSpentThen(entryId: number, db: Database = database()): bigint {
  return mergedMonthThen.list<[bigint]>({ entryId }, db)?.[0] ?? 0n;
}

/** Records that these memberships count in `intoId` from the next entry of the ledger on. */
export function recordMerges(tx: Transaction, membershipIds: readonly number[], intoId: number): void {
  const last = tx
    .select({ id: max(ledgerEntries.id) })
    .from(ledgerEntries)
    .get();
  const afterEntryId = last?.id ?? 0;
  tx.insert(membershipMerges)
    .values(membershipIds.map((membershipId) => ({ membershipId, intoId, afterEntryId })))
    .run();
}

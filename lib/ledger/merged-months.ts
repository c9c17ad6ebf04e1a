import { type SQLWrapper, sql } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import { membershipMonths, memberships } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";

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
    .where(
      sql`${memberships.mergedIntoId} = ${value("membershipId")} AND ${memberships.mergedAt} <= ${value("at")}`,
    ),
);

/**
 * What memberships that were merged into this one up to `at` spent in `month`, e.g. 202611; micro-credits. It counts
 * toward the allowance too. The sums of a membership, and what its entries keep of them, are its own alone, because a
 * merge does not change the ledger.
 */
export function mergedMonthSpent(
  { membershipId, month, at }: { membershipId: number; month: number; at: Date },
  db: Database = database(),
): bigint {
  return mergedMonth.list<[bigint]>({ membershipId, month, at: at.getTime() }, db)?.[0] ?? 0n;
}

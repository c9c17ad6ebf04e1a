import { and, eq, gte, lt, ne, sql } from "drizzle-orm";
import { type Database, database, type Reader, type Transaction, write } from "#db/client.ts";
import { organizationDays, organizations, settings } from "#db/schema/index.ts";
import { dayOf } from "#lib/time.ts";
import { firstSpendingDay } from "./rules.ts";

/**
 * Lets `organizations.spent_last_30_days` cover the 30 days up to `today` (20261126), in the caller's transaction. Only
 * the days that leave or join are read, and only the organizations that spent on them are written. In a transaction of
 * a posting it may only come before the first entry, because the posting writes its sums at the end.
 *
 * @returns whether the days were other ones before
 */
export function moveSpendingDays(tx: Transaction, today: number): boolean {
  const from = firstSpendingDay(today);
  const before = tx.select({ from: settings.spentLast30DaysFrom }).from(settings).get()?.from;
  if (before === undefined || before === from) return false;
  const [first, end, sign] = from > before ? [before, from, -1] : [from, before, 1];
  const moved = tx
    .select({
      organizationId: organizationDays.organizationId,
      spent: sql<bigint>`sum(${organizationDays.spent})`.as("moved_spent"),
    })
    .from(organizationDays)
    .where(and(gte(organizationDays.day, first), lt(organizationDays.day, end)))
    .groupBy(organizationDays.organizationId)
    .as("moved");
  tx.update(organizations)
    .set({ spentLast30Days: sql`${organizations.spentLast30Days} + ${sign} * ${moved.spent}` })
    .from(moved)
    .where(and(eq(organizations.id, moved.organizationId), ne(moved.spent, 0n)))
    .run();
  tx.update(settings).set({ spentLast30DaysFrom: from }).run();
  return true;
}

/** {@link moveSpendingDays} to the enterprise's present day. Writes nothing where that is done already. */
export async function moveSpendingDaysToToday(now = new Date(), db: Database = database()): Promise<boolean> {
  const read = (reader: Reader) =>
    reader.select({ from: settings.spentLast30DaysFrom, timeZone: settings.timeZone }).from(settings).get();
  const current = read(db);
  if (!current || current.from === firstSpendingDay(dayOf(now, current.timeZone))) return false;
  return write((tx) => moveSpendingDays(tx, dayOf(now, read(tx)?.timeZone ?? current.timeZone)), db);
}

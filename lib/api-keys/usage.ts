import { and, asc, eq, gte, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { apiKeyDays, creditTypes } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { type TransactionItem, transactionsByIds } from "#lib/transactions/queries/entries.ts";
import { getApiKey } from "./queries.ts";

/** What the events of a key spent in one credit type, less what was taken back of them; micro-credits. */
export type KeySpending = {
  creditType: { id: number; name: string; currency: string };
  spent: bigint;
  /** How many events it reported, those that were taken back included. */
  events: number;
  /** The same by day, oldest first, from the day that was asked for. */
  days: { day: number; spent: bigint }[];
};

/** What the page of a key shows of its use. */
export type KeyUsage = {
  /** By credit type: one for a key of an organization. */
  spending: KeySpending[];
  /** The events that it reported last, newest first. */
  latest: TransactionItem[];
};

/**
 * What a key reported, as a page shows it; to be called in the snapshot in which the key itself is read.
 *
 * @param from the first day of the sums by day, e.g. 20261101
 * @returns null if there is no such key in the scope
 */
export function keyUsage(
  scope: Scope,
  id: number,
  { from, limit }: { from: number; limit: number },
): KeyUsage | null {
  const key = getApiKey(scope, id);
  if (!key) return null;
  return {
    spending: spendingOf(id, from),
    latest: transactionsByIds(scope, latestEntryIds(id, limit)),
  };
}

function spendingOf(apiKeyId: number, from: number): KeySpending[] {
  const totals = database()
    .select({
      id: creditTypes.id,
      name: creditTypes.name,
      currency: creditTypes.currency,
      spent: sql<bigint>`sum(${apiKeyDays.spent})`,
      events: sql<bigint>`sum(${apiKeyDays.events})`,
    })
    .from(apiKeyDays)
    .innerJoin(creditTypes, eq(creditTypes.id, apiKeyDays.creditTypeId))
    .where(eq(apiKeyDays.apiKeyId, apiKeyId))
    .groupBy(creditTypes.id)
    .orderBy(asc(creditTypes.nameKey))
    .all();
  const days = database()
    .select({ day: apiKeyDays.day, creditTypeId: apiKeyDays.creditTypeId, spent: apiKeyDays.spent })
    .from(apiKeyDays)
    .where(and(eq(apiKeyDays.apiKeyId, apiKeyId), gte(apiKeyDays.day, from)))
    .orderBy(asc(apiKeyDays.day))
    .all();
  return totals.map(({ spent, events, ...creditType }) => ({
    creditType,
    spent,
    events: Number(events),
    days: days
      .filter(({ creditTypeId }) => creditTypeId === creditType.id)
      .map(({ day, spent }) => ({ day, spent })),
  }));
}

/** The ids of the events that a key reported last, newest first. */
function latestEntryIds(id: number, limit: number): number[] {
  return statement(
    sql`SELECT id FROM ledger_entries INDEXED BY ledger_entries_api_key
      WHERE api_key_id = ${id} AND kind = 'spend' ORDER BY occurred_at DESC, id DESC LIMIT ${limit}`,
  ).numbers();
}

/** Whether a key has reported an event that was recorded. False for a key that is not in the scope. */
export function hasEvents(scope: Scope, id: number): boolean {
  if (!getApiKey(scope, id)) return false;
  return (
    statement(sql`SELECT 1 FROM api_key_days WHERE api_key_id = ${id} AND events > 0 LIMIT 1`).numbers()
      .length > 0
  );
}

import { setImmediate as nextTurn } from "node:timers/promises";
import { type SQL, sql } from "drizzle-orm";
import { ENTRY_SPENT } from "#db/schema/index.ts";
import { snapshot, statement } from "#db/statement.ts";
import { latestEntryId } from "../queries/entries.ts";
import type { TransactionFilter } from "../queries/filter.ts";
import type { Granularity } from "../rules/periods.ts";
import { type PartDay, readPartDays, unitColumn } from "../spending.ts";
import { spentConditions, where } from "../spent-entries.ts";

// A file has 10,000 organizations or people, whose counters by day or month take seconds to add up. So they are read in
// pieces, between which other requests are served. The snapshot of a page adds what changed since.

/** How to read what keys spent, such as organizations. */
export type DaysQueries = {
  /** By these keys, from counters: key, day and sum. */
  of: (keys: readonly number[]) => SQL;
  /** The entries after this one, of all keys of the filter: key, day, what it spent, and its id. */
  since: (entryId: number) => SQL;
  /** How many keys are read at once. */
  keysAPiece: number;
};

/** What some keys spent in each length of time, each up to an entry of the ledger. */
type DaysRead = {
  queries: DaysQueries;
  /** By key, in the order in which they were read. */
  upToIds: Map<number, number>;
  days: PartDay[];
};

/** The query {@link DaysQueries.since} of a filter, by a column of the entries. */
export const entriesSince =
  (filter: TransactionFilter, column: SQL, granularity: Granularity): DaysQueries["since"] =>
  (entryId) =>
    sql`SELECT ${column}, ${unitColumn(granularity)}, ${ENTRY_SPENT}, id
    FROM ledger_entries NOT INDEXED ${where([...spentConditions(filter), sql`id > ${entryId}`])}`;

/** Reads what keys spent in each length of time, before the snapshot of a page. */
export async function daysInPieces(keys: readonly number[], queries: DaysQueries): Promise<DaysRead> {
  const read: DaysRead = { queries, upToIds: new Map(), days: [] };
  for (let start = 0; start < keys.length; start += queries.keysAPiece) {
    await nextTurn();
    const piece = keys.slice(start, start + queries.keysAPiece);
    snapshot(() => {
      const upToId = latestEntryId();
      for (const key of piece) read.upToIds.set(key, upToId);
      for (const day of readPartDays(queries.of(piece))) read.days.push(day);
    });
  }
  return read;
}

/**
 * What keys spent in each length of time as of now, to be called in the snapshot of a page that no restore came before. Keys
 * that were not read before, because they came among the largest since, are read at once.
 *
 * @returns the days of these keys, and of others that were read
 */
export function daysNow({ queries, upToIds, days }: DaysRead, keys: readonly number[]): PartDay[] {
  const missing = keys.filter((key) => !upToIds.has(key));
  const added = missing.length > 0 ? readPartDays(queries.of(missing)) : [];
  // The first piece goes up to the earliest entry.
  const [first] = upToIds.values();
  if (first === undefined || first === latestEntryId()) return [...days, ...added];
  for (const [key, day, spent, id] of statement(queries.since(first)).lists<EntryColumns>()) {
    const upToId = upToIds.get(Number(key));
    if (upToId !== undefined && id > upToId) added.push({ key: Number(key), day: Number(day), spent });
  }
  return [...days, ...added];
}

type EntryColumns = [key: bigint, day: bigint, spent: bigint, id: bigint];

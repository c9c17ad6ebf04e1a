import { setImmediate as nextTurn } from "node:timers/promises";
import type { SQL } from "drizzle-orm";
import { contentGeneration } from "#db/generation.ts";
import { snapshot, statement } from "#db/statement.ts";
import type { AsOf } from "../carried-sums.ts";
import { latestEntryId } from "../queries/entries.ts";
import type { PartDay } from "../spending.ts";

// A file has 10,000 organizations or people, whose counters by day or month take seconds to add up. So they are read in
// pieces, between which other requests are served.

/** How to read what keys spent, such as organizations. The queries give key, day and sum. */
export type DaysQueries = {
  /** By these keys, from counters. */
  of: (keys: readonly number[]) => SQL;
  /** By all keys of the filter, from the entries after this one. */
  since: (entryId: number) => SQL;
  /** How many keys are read at once. */
  keysAPiece: number;
};

/** What some keys spent in each length of time, up to one entry of the ledger. */
export type DaysRead = AsOf & { queries: DaysQueries; keys: ReadonlySet<number>; days: PartDay[] };

/**
 * Reads what keys spent in each length of time, before the snapshot of a page.
 *
 * @param asOf from before the keys were chosen, so that {@link daysNow} knows of those that spent since
 * @returns null where a restore came in between
 */
export async function daysInPieces(
  keys: readonly number[],
  queries: DaysQueries,
  asOf: AsOf,
): Promise<DaysRead | null> {
  const read: DaysRead = { ...asOf, queries, keys: new Set(keys), days: [] };
  for (let start = 0; start < keys.length; start += queries.keysAPiece) {
    await nextTurn();
    const piece = keys.slice(start, start + queries.keysAPiece);
    const isSameContent = snapshot(() => {
      if (contentGeneration() !== read.generation) return false;
      for (const day of rowsOf(queries.of(piece))) read.days.push(day);
      // What came since the first piece is taken off, so that all pieces are as of one entry.
      const inPiece = new Set(piece);
      for (const { key, day, spent } of daysSince(read)) {
        if (inPiece.has(key)) read.days.push({ key, day, spent: -spent });
      }
      return true;
    });
    if (!isSameContent) return null;
  }
  return read;
}

/**
 * The days as of now, to be called in the snapshot of a page: with what was recorded since they were read.
 *
 * @returns `hasOthers`: whether another key spent since; null where a restore has put another ledger in place
 */
export function daysNow(read: DaysRead): { days: PartDay[]; hasOthers: boolean } | null {
  if (read.generation !== contentGeneration()) return null;
  const since = daysSince(read);
  const ofThese = since.filter(({ key }) => read.keys.has(key));
  return {
    days: ofThese.length === 0 ? read.days : [...read.days, ...ofThese],
    hasOthers: since.some(({ key, spent }) => spent !== 0n && !read.keys.has(key)),
  };
}

const daysSince = ({ queries, upToId }: DaysRead): PartDay[] =>
  latestEntryId() === upToId ? [] : rowsOf(queries.since(upToId));

function rowsOf(query: SQL): PartDay[] {
  return statement(query)
    .lists<[bigint, bigint, bigint]>()
    .map(([key, day, spent]) => ({ key: Number(key), day: Number(day), spent }));
}

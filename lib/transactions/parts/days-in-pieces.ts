import { setImmediate as nextTurn } from "node:timers/promises";
import type { SQL } from "drizzle-orm";
import { contentGeneration } from "#db/generation.ts";
import { snapshot, statement } from "#db/statement.ts";
import { latestEntryId } from "../queries/entries.ts";
import type { PartDay } from "../spending.ts";

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
  generation: number;
  queries: DaysQueries;
  /** By key, in the order in which they were read. */
  upToIds: Map<number, number>;
  days: PartDay[];
};

/** Reads what keys spent in each length of time, before the snapshot of a page. */
export async function daysInPieces(keys: readonly number[], queries: DaysQueries): Promise<DaysRead> {
  const read: DaysRead = { generation: contentGeneration(), queries, upToIds: new Map(), days: [] };
  for (let start = 0; start < keys.length; start += queries.keysAPiece) {
    await nextTurn();
    const piece = keys.slice(start, start + queries.keysAPiece);
    const isSameContent = snapshot(() => {
      if (contentGeneration() !== read.generation) return false;
      const upToId = latestEntryId();
      for (const key of piece) read.upToIds.set(key, upToId);
      for (const day of daysOf(queries, piece)) read.days.push(day);
      return true;
    });
    // After a restore nothing that was read is used.
    if (!isSameContent) break;
  }
  return read;
}

/**
 * What keys spent in each length of time as of now, to be called in the snapshot of a page. Keys that were not read before
 * are read at once: those that came among the largest since, and all after a restore.
 *
 * @returns the days of these keys, and of others that were read
 */
export function daysNow(read: DaysRead, keys: readonly number[]): PartDay[] {
  const { queries, upToIds, days } = isCurrent(read) ? read : { ...read, upToIds: new Map(), days: [] };
  const added = daysOf(
    queries,
    keys.filter((key) => !upToIds.has(key)),
  );
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

const isCurrent = ({ generation }: DaysRead): boolean => generation === contentGeneration();

function daysOf(queries: DaysQueries, keys: readonly number[]): PartDay[] {
  if (keys.length === 0) return [];
  return statement(queries.of(keys))
    .lists<[bigint, bigint, bigint]>()
    .map(([key, day, spent]) => ({ key: Number(key), day: Number(day), spent }));
}

import { setImmediate as nextTurn } from "node:timers/promises";
import { type SQL, sql } from "drizzle-orm";
import { ENTRY_SPENT } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import {
  countEntries,
  ENTRIES_A_PIECE,
  entryPieces,
  membershipWalk,
  type Walk,
  walksOf,
} from "../entry-walks.ts";
import { latestEntryId } from "../queries/entries.ts";
import type { TransactionFilter } from "../queries/filter.ts";
import type { DaySum, TooMany } from "../rules/grouping.ts";
import type { Granularity } from "../rules/periods.ts";
import type { ModelValue } from "../search-params.ts";
import { unitColumn } from "../spending.ts";
import { spentConditions, where } from "../spent-entries.ts";

// No counter has the API key or the model of what was spent, nor the member's days. So entries are added up, of a bounded
// number, in pieces between which other requests are served.

/** How many entries a split reads at most. */
const MAX_ENTRIES = 100_000;
/** What was spent by part and length of time, up to one entry of the ledger. */
export type EntrySums<Key> = {
  upToId: number;
  filter: TransactionFilter;
  column: SQL;
  unit: SQL;
  sums: Map<Key | null, DaySum[]>;
};

function add<Key>(sums: EntrySums<Key>["sums"], part: Key | null, day: bigint, spent: bigint): void {
  const days = sums.get(part);
  const sum = { day: Number(day), spent };
  if (days) days.push(sum);
  else sums.set(part, [sum]);
}

/**
 * Reads what a filter spent by the values of a column of the entries.
 *
 * @param ofMemberships the memberships whose entries are read alone
 * @returns "entries" where it would read more than {@link MAX_ENTRIES}
 */
export async function entrySums<Key extends ModelValue>(
  filter: TransactionFilter,
  column: SQL,
  granularity: Granularity,
  ofMemberships: readonly number[] | null = null,
): Promise<EntrySums<Key> | TooMany> {
  const sums: EntrySums<Key> = {
    upToId: latestEntryId(),
    filter: ofMemberships ? { ...filter, membershipIds: [...ofMemberships] } : filter,
    column,
    unit: unitColumn(granularity),
    sums: new Map(),
  };
  if (filter.nothing) return sums;
  const walks = ofMemberships ? ofMemberships.map(membershipWalk) : walksOf(filter);
  // The entries are counted in their index first, which costs a tenth of reading them.
  if (countEntries(filter, walks, sums.upToId, MAX_ENTRIES + 1) > MAX_ENTRIES) return "entries";
  await nextTurn();
  let entries = 0;
  for (const walk of walks) {
    for (const rows of piecesOf(sums, walk)) {
      entries += rows;
      if (entries < ENTRIES_A_PIECE) continue;
      entries = 0;
      await nextTurn();
    }
  }
  return sums;
}

/** Adds up the entries of a walk, a piece at a time. It yields how many entries each piece has, those that do not match included. */
function* piecesOf<Key>(
  { filter, upToId, column, unit, sums }: EntrySums<Key>,
  walk: Walk,
): Generator<number> {
  for (const { entries, matches, spent } of entryPieces(filter, walk, upToId)) {
    // With the limit, SQLite computes the columns while it walks, which reads no entry where the index has all of them.
    const rows = statement(
      sql`SELECT part, unit, sum(spent) FILTER (WHERE is_match), count(*) FROM
        (SELECT ${column} AS part, ${unit} AS unit, ${spent} AS spent, ${matches} AS is_match
          FROM ${entries} LIMIT -1) GROUP BY 1, 2`,
    ).lists<[Key | null, bigint, bigint | null, bigint]>();
    let count = 0;
    for (const [part, day, sum, rowCount] of rows) {
      count += Number(rowCount);
      if (sum !== null) add(sums, part, day, sum);
    }
    yield count;
  }
}

/** The sums as of now, to be called in the snapshot of a page: with what was recorded since they were read. */
export function entrySumsNow<Key extends ModelValue>(
  { upToId, filter, column, unit, sums }: EntrySums<Key>,
  isOfMemberships = false,
): ReadonlyMap<Key | null, readonly DaySum[]> {
  if (filter.nothing || latestEntryId() === upToId) return sums;
  const conditions = [
    ...spentConditions(filter),
    sql`id > ${upToId}`,
    ...(isOfMemberships
      ? [sql`membership_id IN (SELECT value FROM json_each(${JSON.stringify(filter.membershipIds)}))`]
      : []),
  ];
  const rows = statement(
    sql`SELECT ${column}, ${unit}, sum(${ENTRY_SPENT}) FROM ledger_entries NOT INDEXED ${where(conditions)} GROUP BY 1, 2`,
  ).lists<[Key | null, bigint, bigint]>();
  const all = new Map(sums);
  for (const [part, day, spent] of rows) {
    all.set(part, [...(all.get(part) ?? []), { day: Number(day), spent }]);
  }
  return all;
}

import { setImmediate as nextTurn } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { contentGeneration } from "#db/generation.ts";
import { statement } from "#db/statement.ts";
import { entryPieces, walksOf } from "./entry-walks.ts";
import { latestEntryId } from "./queries/entries.ts";
import type { TransactionFilter } from "./queries/filter.ts";
import {
  isOfModelOrKey,
  SPENT_ENTRY,
  type SpentEntry,
  spentConditions,
  widenedRange,
} from "./spent-entries.ts";

// No counter has the model, nor what a key spent by application and organization, and a model or a key may have millions
// of entries. So they are read in pieces, between which other requests are served.

/** What the sums are split by, beside the day and the credit type; null for nothing. */
export type SpentPart = "application_id" | "organization_id" | null;

/** What was spent with a model or a key up to one entry of the ledger, added up by day, credit type and part. */
export type ModelSpending = {
  part: SpentPart;
  generation: number;
  upToId: number;
  sums: Map<string, SpentEntry>;
};

function add({ sums, part }: ModelSpending, entries: readonly SpentEntry[]): void {
  for (const entry of entries) {
    const { day, credit_type_id, spent } = entry;
    const key = `${day} ${credit_type_id} ${part && entry[part]}`;
    const sum = sums.get(key);
    if (sum) sum.spent += spent;
    else sums.set(key, { ...entry });
  }
}

/** The filter with its range widened to the two months that the figures compare. */
const widened = (filter: TransactionFilter, today: number): TransactionFilter => ({
  ...filter,
  range: widenedRange(filter, today),
});

/** Adds up the entries in pieces, up to one of the ledger. */
function* addPieces(filter: TransactionFilter, spending: ModelSpending): Generator<undefined> {
  const { upToId, part } = spending;
  const column = (name: "application_id" | "organization_id") => (name === part ? sql.raw(name) : sql`0`);
  for (const walk of walksOf(filter)) {
    for (const { entries, matches, spent } of entryPieces(filter, walk, upToId)) {
      add(
        spending,
        statement<SpentEntry>(
          sql`SELECT day, ${column("application_id")} AS application_id, credit_type_id,
            ${column("organization_id")} AS organization_id, sum(${spent}) AS spent FROM ${entries} AND ${matches} GROUP BY 1, 2, 3, 4`,
        ).all(),
      );
      yield;
    }
  }
}

/**
 * Reads what was spent with the filter's model or key without holding up the event loop, before the snapshot of a page.
 *
 * @returns null for a filter without either, and for one of a person or an external id, which has few entries
 */
export async function modelSpending(
  filter: TransactionFilter,
  today: number,
  part: SpentPart,
): Promise<ModelSpending | null> {
  if (filter.nothing || !isOfModelOrKey(filter)) return null;
  if (filter.member || filter.externalId !== null) return null;
  const spending: ModelSpending = {
    part,
    generation: contentGeneration(),
    upToId: latestEntryId(),
    sums: new Map(),
  };
  for (const _piece of addPieces(widened(filter, today), spending)) await nextTurn();
  return spending;
}

/** The spending as of now, to be called in the snapshot of a page: with what was recorded since it was read. */
export function modelSpendingNow(
  spending: ModelSpending,
  filter: TransactionFilter,
  today: number,
): SpentEntry[] {
  const { generation, upToId, sums } = spending;
  const wide = widened(filter, today);
  if (generation !== contentGeneration()) {
    // A restore has put another ledger in place.
    sums.clear();
    for (const _piece of addPieces(wide, { ...spending, upToId: latestEntryId() }));
  } else {
    const conditions = [...spentConditions(wide), sql`id > ${upToId}`];
    add(
      spending,
      statement<SpentEntry>(
        sql`SELECT ${SPENT_ENTRY} FROM ledger_entries NOT INDEXED WHERE ${sql.join(conditions, sql` AND `)}`,
      ).all(),
    );
  }
  return [...sums.values()];
}

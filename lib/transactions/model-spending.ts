import { setImmediate as nextTurn } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { contentGeneration } from "#db/generation.ts";
import { statement } from "#db/statement.ts";
import { entryPieces, walksOf } from "./entry-walks.ts";
import { latestEntryId } from "./queries/entries.ts";
import type { TransactionFilter } from "./queries/filter.ts";
import { SPENT_ENTRY, type SpentEntry, spentConditions, widenedRange } from "./spent-entries.ts";

// No counter has the model, nor what a key spent by application and organization, and a model or a key may have millions
// of entries. So they are read in pieces, between which other requests are served.

/** What was spent with a model or a key up to one entry of the ledger, added up by day, application and organization. */
export type ModelSpending = {
  generation: number;
  upToId: number;
  sums: Map<string, SpentEntry>;
};

function add(sums: Map<string, SpentEntry>, entries: readonly SpentEntry[]): void {
  for (const { day, application_id, credit_type_id, organization_id, spent } of entries) {
    const key = `${day} ${application_id} ${credit_type_id} ${organization_id}`;
    const sum = sums.get(key);
    if (sum) sum.spent += spent;
    else sums.set(key, { day, application_id, credit_type_id, organization_id, spent });
  }
}

/** The filter with its range widened to the two months that the figures compare. */
const widened = (filter: TransactionFilter, today: number): TransactionFilter => ({
  ...filter,
  range: widenedRange(filter, today),
});

/** Adds up the entries in pieces, up to one of the ledger. */
function* addPieces(filter: TransactionFilter, { upToId, sums }: ModelSpending): Generator<undefined> {
  for (const walk of walksOf(filter)) {
    for (const { entries, matches, spent } of entryPieces(filter, walk, upToId)) {
      add(
        sums,
        statement<SpentEntry>(
          sql`SELECT day, application_id, credit_type_id, organization_id, sum(${spent}) AS spent
            FROM ${entries} AND ${matches} GROUP BY 1, 2, 3, 4`,
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
export async function modelSpending(filter: TransactionFilter, today: number): Promise<ModelSpending | null> {
  if (filter.nothing || (filter.model === null && filter.key === null)) return null;
  if (filter.member || filter.externalId !== null) return null;
  const spending: ModelSpending = {
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
      sums,
      statement<SpentEntry>(
        sql`SELECT ${SPENT_ENTRY} FROM ledger_entries NOT INDEXED WHERE ${sql.join(conditions, sql` AND `)}`,
      ).all(),
    );
  }
  return [...sums.values()];
}

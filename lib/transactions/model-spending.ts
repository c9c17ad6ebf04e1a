import { setImmediate as nextTurn } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { contentGeneration } from "#db/generation.ts";
import { statement } from "#db/statement.ts";
import { latestEntryId } from "./queries/entries.ts";
import type { TransactionFilter } from "./queries/filter.ts";
import {
  SPENT_ENTRY,
  type SpentEntry,
  spentConditions,
  spentEntry,
  spentWalk,
  widenedRange,
} from "./spent-entries.ts";

// No counter has the model, nor what a key spent by application and organization, and a model or a key may have millions
// of entries. So they are read in pieces, between which other requests are served.

/** How many entries are read at once: some 20 ms. */
const ENTRIES_A_PIECE = 10_000;

/** What was spent with a model or a key up to one entry of the ledger, added up by day, application and organization. */
export type ModelSpending = {
  generation: number;
  upToId: number;
  sums: Map<string, SpentEntry>;
};

type Row = SpentEntry & { id: bigint; at: bigint };
type Place = { at: bigint; id: bigint };

const START: Place = { at: -(2n ** 62n), id: 0n };

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

/** The next entries in the order of an index. */
export function piece(filter: TransactionFilter, place: Place, upToId: number): Row[] {
  const { index, conditions, spent } = spentWalk(filter, upToId);
  const after = [...conditions, sql`(occurred_at, id) > (${place.at}, ${place.id})`, sql`id <= ${upToId}`];
  return statement<Row>(
    sql`SELECT id, occurred_at AS at, ${spentEntry(spent)}
      FROM ledger_entries INDEXED BY ${sql.identifier(index)}
      WHERE ${sql.join(after, sql` AND `)} ORDER BY occurred_at, id LIMIT ${ENTRIES_A_PIECE}`,
  ).all();
}

function* pieces(filter: TransactionFilter, upToId: number): Generator<Row[]> {
  let place = START;
  for (;;) {
    const entries = piece(filter, place, upToId);
    yield entries;
    const last = entries.at(-1);
    if (!last || entries.length < ENTRIES_A_PIECE) return;
    place = last;
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
  for (const entries of pieces(widened(filter, today), spending.upToId)) {
    add(spending.sums, entries);
    await nextTurn();
  }
  return spending;
}

/** The spending as of now, to be called in the snapshot of a page: with what was recorded since it was read. */
export function modelSpendingNow(
  { generation, upToId, sums }: ModelSpending,
  filter: TransactionFilter,
  today: number,
): SpentEntry[] {
  const wide = widened(filter, today);
  if (generation !== contentGeneration()) {
    // A restore has put another ledger in place.
    sums.clear();
    for (const entries of pieces(wide, latestEntryId())) add(sums, entries);
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

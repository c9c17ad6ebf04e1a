import { type SQL, sql } from "drizzle-orm";
import { contentGeneration } from "#db/generation.ts";
import { ENTRY_MODEL } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { type Cursor, mergePlaces, OLDEST, type Walk } from "#lib/keyset.ts";
import { inTurns } from "#lib/lists/in-turns.ts";
import { COUNTED_ROWS, PRINTED_ROWS, type PrintedRows } from "#lib/print.ts";
import { isFew, scopeConditions } from "#lib/scope/scope.ts";
import { isRareKind, type TransactionsView } from "../search-params.ts";
import { latestEntryId, type Transaction, transactionsByIds } from "./entries.ts";
import type { TransactionFilter } from "./filter.ts";
import {
  conditionsOf,
  indexFor,
  isOfSeveral,
  listTransactions,
  narrowFilter,
  printedTransactions,
  TRANSACTIONS_PAGE_SIZE,
  type TransactionsPage,
  transactionIdPieces,
  walkConditions,
} from "./list.ts";

// Of two filters an index has one, and any number of its entries may not meet the other. So the entries are read along the
// index in pieces, between which other requests are served, and a page ends after a number of them.

/** How many entries are read at once. The first piece is small, because a page of most filters is full after it. */
const FIRST_PIECE = 1_000;
const LARGEST_PIECE = 5_000;

/** How many entries are read for a page at most. */
const MOST_ENTRIES = 300_000;

/** Whether an index that has one part of the filter may have any number of entries that the others leave out. */
export function isSparse(filter: TransactionFilter): boolean {
  const { model, noModel, key, noKey, applicationIds, organization, member, creditTypeId } = filter;
  if (filter.nothing || filter.externalId !== null || filter.ofPool || key?.isNarrow) return false;
  if (noModel || noKey || key !== null) return true;
  const parts = [model, applicationIds, organization ?? member ?? creditTypeId];
  return parts.filter((part) => part !== null).length > 1;
}

/** An index with the conditions that it has, and those that its entries are checked for. */
type IndexWalk = { index: string; inIndex: SQL[]; matches: SQL };

/**
 * The same condition, after the credit type's own index was looked up: the entries of one application are each in another
 * page of the table, and those of a credit type at about the same time are in few pages of its index.
 */
const inCreditType = (creditTypeId: number, matches: SQL): SQL => sql`CASE WHEN EXISTS
  (SELECT 1 FROM ledger_entries t INDEXED BY ledger_entries_credit_type WHERE t.credit_type_id = ${creditTypeId}
    AND t.occurred_at = ledger_entries.occurred_at AND t.id = ledger_entries.id) THEN ${matches} ELSE 0 END`;

function indexWalks(filter: TransactionFilter): IndexWalk[] {
  const { member, membershipIds, scope, applicationIds, kind } = filter;
  const all = (conditions: readonly SQL[]) => sql.join([sql`1`, ...conditions], sql` AND `);
  const isRare = isRareKind(kind);
  if (isOfSeveral(filter) && isFew(scope)) {
    const matches = all(conditionsOf(filter, null));
    return [...(scope.organizationIds ?? [])].map((id) => ({
      index: isRare ? "ledger_entries_organization_kind" : "ledger_entries_organization",
      inIndex: [sql`organization_id = ${id}`, ...(isRare ? [sql`kind <> 'spend'`] : [])],
      matches,
    }));
  }
  const inScope = isOfSeveral(filter) ? scopeConditions(scope, sql`+organization_id`) : [];
  return (member ? membershipIds : [null]).flatMap((membershipId) => {
    const index = indexFor(filter, membershipId);
    const matches = all([...conditionsOf(filter, membershipId), ...inScope]);
    const walk = (...inIndex: SQL[]): IndexWalk => ({ index, inIndex, matches });
    switch (index) {
      case "ledger_entries_membership":
        return [walk(sql`membership_id = ${membershipId}`)];
      case "ledger_entries_organization_kind":
        return [walk(sql`organization_id = ${filter.organization?.id}`, sql`kind <> 'spend'`)];
      case "ledger_entries_kind":
        return [walk(sql`kind = ${kind}`, sql`kind <> 'spend'`)];
      case "ledger_entries_model":
        return [walk(sql`${ENTRY_MODEL} = ${filter.model}`)];
      case "ledger_entries_organization":
        return [walk(sql`organization_id = ${filter.organization?.id}`)];
      // The entries of several applications are in no order in that index.
      case "ledger_entries_application":
        return (applicationIds ?? []).map((id) => ({
          index,
          inIndex: [sql`application_id = ${id}`],
          matches: filter.creditTypeId === null ? matches : inCreditType(filter.creditTypeId, matches),
        }));
      case "ledger_entries_credit_type":
        return [walk(sql`credit_type_id = ${filter.creditTypeId}`)];
      default:
        return [walk()];
    }
  });
}

/** What a search has read: the places of matches, and the entry that it ended at before it was complete. */
type Search = { places: Cursor[]; end: Cursor | null };

/** The conditions of the entries beyond a place: of its own instant, then of the others, because an index can seek either. */
function starts({ direction }: Walk, from: Cursor | null): SQL[][] {
  if (!from) return [[]];
  const beyond = direction === "older" ? sql`<` : sql`>`;
  return [
    [sql`occurred_at = ${from.at}`, sql`id ${beyond} ${from.id}`],
    [sql`occurred_at ${beyond} ${from.at}`],
  ];
}

/**
 * Reads on along one index until there are enough matches, in pieces. It ends after `mostEntries`, of which the rest of the
 * instant that a piece begins at is not counted.
 */
function* searchIndex(
  filter: TransactionFilter,
  { index, inIndex, matches }: IndexWalk,
  walk: Walk & { upToId: number },
  mostEntries: number,
): Generator<undefined, Search> {
  const direction = walk.direction === "older" ? sql`DESC` : sql`ASC`;
  const places: Cursor[] = [];
  let from = walk.from;
  let piece = FIRST_PIECE;
  for (let entries = 0; entries < mostEntries; piece = LARGEST_PIECE) {
    const size = Math.min(piece, mostEntries - entries);
    let end: Cursor | null = null;
    for (const start of starts(walk, from)) {
      const rows = sql`FROM ledger_entries INDEXED BY ${sql.identifier(index)}
        WHERE ${sql.join([...inIndex, ...start, ...walkConditions(filter, walk)], sql` AND `)}
        ORDER BY occurred_at ${direction}, id ${direction}`;
      // SQLite reads the inner rows one by one, so it reads no further than to the last match of the page.
      const ofPiece = placesBy(sql`SELECT id, occurred_at FROM
        (SELECT id, occurred_at, (${matches}) AS is_match ${rows} LIMIT ${size})
        WHERE is_match LIMIT ${walk.limit - places.length}`);
      places.push(...ofPiece);
      if (places.length === walk.limit) return { places, end: null };
      [end = null] = placesBy(sql`SELECT id, occurred_at ${rows} LIMIT 1 OFFSET ${size - 1}`);
      if (end) break;
    }
    if (!end) return { places, end: null };
    from = end;
    entries += size;
    yield;
  }
  return { places, end: from };
}

/** The places that a statement gives, by id and instant. */
const placesBy = (query: SQL): Cursor[] =>
  statement(query)
    .lists<[bigint, bigint]>()
    .map(([id, at]) => ({ at: Number(at), id: Number(id) }));

/** Whether a place comes after another one in the order of the walk. */
const isBeyond = ({ direction }: Walk, one: Cursor, other: Cursor) =>
  (one.at - other.at || one.id - other.id) * (direction === "older" ? -1 : 1) > 0;

/** The same along all indexes of a filter. Where one of them ended early, what the others have beyond is left out. */
function* search(
  filter: TransactionFilter,
  walk: Walk & { upToId: number },
  mostEntries: number,
): Generator<undefined, Search> {
  const walks = indexWalks(filter);
  const lists: Cursor[][] = [];
  let end: Cursor | null = null;
  for (const one of walks) {
    const part: Search = yield* searchIndex(filter, one, walk, Math.ceil(mostEntries / walks.length));
    lists.push(part.places);
    if (part.end && (!end || isBeyond(walk, end, part.end))) end = part.end;
  }
  const places = mergePlaces(lists, { ...walk, limit: Number.POSITIVE_INFINITY });
  const earliestEnd = end;
  const within = (earliestEnd ? places.filter((place) => !isBeyond(walk, place, earliestEnd)) : places).slice(
    0,
    walk.limit,
  );
  return { places: within, end: within.length < walk.limit ? end : null };
}

type Page = { places: Cursor[]; older: Cursor | null; newer: Cursor | null; searchedTo: Cursor | null };

/** The page of a sparse filter. It differs from {@link keysetPage} in that it does not search whether there are newer entries. */
async function searchPage(
  filter: TransactionFilter,
  { before, after }: Pick<TransactionsView, "before" | "after">,
  upToId: number,
  mostEntries: number,
): Promise<Page> {
  const size = TRANSACTIONS_PAGE_SIZE;
  const limit = size + 1;
  if (after) {
    const { places, end } = await inTurns(
      search(filter, { from: after, direction: "newer", limit, upToId }, mostEntries),
    );
    // With fewer rows than a page it is the first page, which is shown in full.
    if (places.length <= size && !end)
      return searchPage(filter, { before: null, after: null }, upToId, mostEntries);
    const rows = places.slice(0, size).reverse();
    const older = after.id === 0 ? null : (rows.at(-1) ?? after);
    return { places: rows, newer: end ?? rows[0] ?? null, older, searchedTo: end };
  }
  const { places, end } = await inTurns(
    search(filter, { from: before, direction: "older", limit, upToId }, mostEntries),
  );
  if (before && places.length === 0 && !end) {
    return searchPage(filter, { before: null, after: OLDEST }, upToId, mostEntries);
  }
  const rows = places.slice(0, size);
  return {
    places: rows,
    newer: before && (rows[0] ?? before),
    older: end ?? (places.length > size ? (rows.at(-1) ?? null) : null),
    searchedTo: end,
  };
}

/** The places of a filter's entries that were recorded since a search. */
function placesSince(filter: TransactionFilter, upToId: number): Cursor[] {
  if (latestEntryId() === upToId) return [];
  return indexWalks(filter).flatMap(({ inIndex, matches }) =>
    placesBy(sql`SELECT id, occurred_at FROM ledger_entries NOT INDEXED
      WHERE ${sql.join([...inIndex, matches, sql`id > ${upToId}`], sql` AND `)}`),
  );
}

const transactionsAt = (filter: TransactionFilter, places: readonly Cursor[]): Transaction[] =>
  transactionsByIds(
    filter.scope,
    places.map(({ id }) => id),
  );

/** A page, and the instant of the entry that the search for it ended at; null where it was complete. */
export type SearchedPage = TransactionsPage & { searchedTo: Date | null };

/**
 * Searches a page of the view in pieces, before the snapshot of a page.
 *
 * @param mostEntries after this number of entries, those that do not match included, the page ends with its matches so far
 * @returns what is to be called in the snapshot; it gives null where a restore came in between
 */
export async function prepareTransactions(
  filter: TransactionFilter,
  view: Pick<TransactionsView, "before" | "after">,
  mostEntries = MOST_ENTRIES,
): Promise<(now: TransactionFilter) => SearchedPage | null> {
  if (!isSparse(filter)) return (now) => ({ ...listTransactions(now, view), searchedTo: null });
  const narrow = narrowFilter(filter);
  if (narrow.nothing) return () => ({ items: [], older: null, newer: null, searchedTo: null });
  const generation = contentGeneration();
  const upToId = latestEntryId();
  const page = await searchPage(narrow, view, upToId, mostEntries);
  const searchedTo = page.searchedTo && new Date(page.searchedTo.at);
  return (now) => {
    if (generation !== contentGeneration()) return null;
    const { older, newer } = page;
    // What was recorded since belongs to the first page alone, or is found by the next look.
    const isFirst = view.before === null && view.after === null;
    const last = older === null ? OLDEST : older;
    const recent = isFirst ? placesSince(now, upToId).filter((place) => isBeyond(UPWARDS, place, last)) : [];
    const places = mergePlaces([page.places, recent], { ...UPWARDS, direction: "older" });
    const shown = places.slice(0, TRANSACTIONS_PAGE_SIZE);
    const isCut = shown.length < places.length;
    return {
      items: transactionsAt(now, shown),
      older: isCut ? (shown.at(-1) ?? null) : older,
      newer,
      searchedTo: isCut ? null : searchedTo,
    };
  };
}

const UPWARDS: Walk = { from: null, direction: "newer", limit: Number.POSITIVE_INFINITY };

/** The same of the rows that are printed, in a search that ends where they are counted. */
export async function preparePrinted(
  filter: TransactionFilter,
): Promise<(now: TransactionFilter) => PrintedRows<Transaction> | null> {
  if (!isSparse(filter)) return printedTransactions;
  const narrow = narrowFilter(filter);
  if (narrow.nothing) return () => ({ items: [], total: 0, more: false });
  const generation = contentGeneration();
  const upToId = latestEntryId();
  const walk = { from: null, direction: "older", limit: COUNTED_ROWS + 1, upToId } as const;
  const { places } = await inTurns(search(narrow, walk, Number.POSITIVE_INFINITY));
  return (now) => {
    if (generation !== contentGeneration()) return null;
    const all = mergePlaces([places, placesSince(now, upToId)], walk);
    return {
      items: transactionsAt(now, all.slice(0, PRINTED_ROWS)),
      total: Math.min(all.length, COUNTED_ROWS),
      more: all.length > COUNTED_ROWS,
    };
  };
}

/**
 * The ids of the view's entries up to `upToId`, newest first, `size` at a time at most. A piece may be empty, so that other
 * requests have their turn.
 */
export function* entryIdPieces(filter: TransactionFilter, upToId: number, size: number): Generator<number[]> {
  if (!isSparse(filter)) {
    yield* transactionIdPieces(filter, upToId, size);
    return;
  }
  const narrow = narrowFilter(filter);
  if (narrow.nothing) return;
  let from: Cursor | null = null;
  for (;;) {
    const pieces = search(
      narrow,
      { from, direction: "older", limit: size, upToId },
      Number.POSITIVE_INFINITY,
    );
    let places: Cursor[] = [];
    for (;;) {
      const piece = pieces.next();
      if (piece.done) {
        places = piece.value.places;
        break;
      }
      yield [];
    }
    if (places.length > 0) yield places.map(({ id }) => id);
    if (places.length < size) return;
    from = places.at(-1) ?? null;
  }
}

import { type SQL, sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { fewestMatches, MAX_COMPARED, MAX_SORTED, type OrderedList } from "./numbered-pages.ts";

// A list with several filters, each of which has many matches, is read in pieces, between which others have their turn.
// The matches of one filter, if they are few enough, are compared with the other filters. Else the rows are read in the
// order of the list until there are as many matches as a list is counted.

/** The order of a list, which its index has: by one column, then by the id in the same direction. */
export type ColumnOrder = { column: string; descending: boolean };

/** How many rows are read at once: some 20 ms. */
const ROWS_A_PIECE = 10_000;

/** One more than a list is counted, by which the list shows that there are more. */
const MOST = MAX_SORTED + 1;

const and = (conditions: readonly SQL[]): SQL => sql.join([sql`1`, ...conditions], sql` AND `);

/** The first matches of a list, in its order. */
export type Matches = {
  ids: number[];
  /** Whether there are more than a list is counted. */
  more: boolean;
};

/**
 * The matches of a list, at least as far as it is counted or shown. It pauses between the pieces that it reads.
 *
 * @param place of the last row that is shown
 */
export function* matchesInPieces(
  list: OrderedList,
  order: ColumnOrder,
  { place, piece = ROWS_A_PIECE }: { place: number; piece?: number },
): Generator<undefined, Matches> {
  // Where a filter has few matches, the long lists of the others are not read.
  const candidates =
    (yield* fewestMatches(list.filters, MOST)) ?? (yield* fewestMatches(list.filters, MAX_COMPARED + 1));
  if (candidates) {
    const ids = yield* comparedMatches(list, candidates, piece);
    return { ids, more: ids.length === MOST };
  }
  // One filter alone has more matches than are counted, so that only those that are shown are read.
  const isCounted = list.filters.length > 1 || list.conditions.length > 0;
  const most = isCounted ? MOST : Math.min(place, MAX_SORTED);
  const ids = yield* matchesAlongIndex(list, order, { piece, most });
  return { ids, more: !isCounted || ids.length === MOST };
}

/** Those of the ids that meet all conditions of the list, sorted. */
function* comparedMatches(
  { table, conditions, filters, order }: OrderedList,
  ids: readonly number[],
  piece: number,
): Generator<undefined, number[]> {
  const all = and([...conditions, ...filters.map(({ condition }) => condition)]);
  const among = (some: readonly number[]) =>
    sql`SELECT id FROM ${sql.raw(table)} NOT INDEXED WHERE id IN (SELECT value FROM json_each(${JSON.stringify(some)}))`;
  const matches: number[] = [];
  for (let start = 0; start < ids.length; start += piece) {
    for (const id of statement(sql`${among(ids.slice(start, start + piece))} AND ${all}`).numbers())
      matches.push(id);
    yield;
  }
  if (matches.length === 0) return [];
  return statement(sql`${among(matches)} ORDER BY ${sql.raw(order)} LIMIT ${MOST}`).numbers();
}

/** The first matches along the index of the order. */
function* matchesAlongIndex(
  { table, index, order, conditions, filters }: OrderedList,
  { column: name, descending }: ColumnOrder,
  { piece, most }: { piece: number; most: number },
): Generator<undefined, number[]> {
  const column = sql.raw(name);
  const rows = sql`FROM ${sql.raw(table)} INDEXED BY ${sql.raw(index)}`;
  const inOrder = sql`ORDER BY ${sql.raw(order)}`;
  const later = sql.raw(descending ? "<" : ">");
  const upTo = sql.raw(descending ? ">=" : "<=");
  const matches: number[] = [];
  // Nothing comes before everything, as SQLite sorts. It is a part of its own, because it cannot be compared.
  const parts = [
    { part: sql`${column} IS NULL`, key: sql`id` },
    { part: sql`${column} IS NOT NULL`, key: sql`(${column}, id)` },
  ];
  for (const { part, key } of descending ? parts.reverse() : parts) {
    const place = ([value, id]: [unknown, bigint]) => (value === null ? sql`${id}` : sql`(${value}, ${id})`);
    let from: [unknown, bigint] | undefined;
    do {
      const rest = and([part, ...conditions, ...(from ? [sql`${key} ${later} ${place(from)}`] : [])]);
      const to: [unknown, bigint] | undefined = statement(
        sql`SELECT ${column}, id ${rows} WHERE ${rest} ${inOrder} LIMIT 1 OFFSET ${piece - 1}`,
      ).list();
      const ofPiece = and([
        rest,
        ...(to ? [sql`${key} ${upTo} ${place(to)}`] : []),
        ...filters.map(({ condition }) => condition),
      ]);
      const ids = statement(
        sql`SELECT id ${rows} WHERE ${ofPiece} ${inOrder} LIMIT ${most - matches.length}`,
      ).numbers();
      for (const id of ids) matches.push(id);
      if (matches.length === most) return matches;
      from = to;
      yield;
    } while (from);
  }
  return matches;
}

import { type SQL, sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { atOnce } from "./in-turns.ts";

// Lists in numbered pages: a filter, one of several orders, and the rows of one page. Ids come first, from indexes
// alone; the rows of the page are read by their ids afterwards.
//
// The cost of a filter must not depend on how many rows match or where they are in the order. So each filter is known
// in two forms: as a condition on one row, and as a query of all ids that match, which an index covers. The first form
// is quick where matches are frequent, the second bounds the rest at one pass over an index.

/** A filter of a list, in both forms. */
export type Filter = {
  /** On a row of the list's table. */
  condition: SQL;
  /** A query of the ids of all rows that meet the condition, from an index that covers it. */
  ids: SQL;
  /** The same ids by several queries, where one query would hold up the event loop. */
  pieces?: (rows?: number) => Iterable<SQL>;
};

/** A list before it is cut into pages. */
export type OrderedList = {
  table: string;
  /** The index in the list's order, whose columns begin with that of the order and the id. It also has those of `conditions`. */
  index: string;
  /** "spent DESC, id DESC", and the same from the end. */
  order: string;
  backwards: string;
  /** Conditions on columns of the index. */
  conditions: readonly SQL[];
  /** Filters that the index does not answer. */
  filters: readonly Filter[];
  /** How many rows the table has, if known: fewer rows are tried of a small table. */
  size?: number;
};

/** Up to this many matches are sorted. More are met along the index of the order. */
export const MAX_SORTED = 10_000;

const and = (conditions: readonly SQL[]): SQL =>
  conditions.length === 0 ? sql`1` : sql.join([...conditions], sql` AND `);

/** The list's rows as SQL, along the index of the order, so that no row is sorted. */
function alongIndex({ table, index, conditions }: OrderedList, more: readonly SQL[]): SQL {
  return sql`${sql.raw(table)} INDEXED BY ${sql.raw(index)} WHERE ${and([...conditions, ...more])}`;
}

/** Up to this many matches of one filter are compared with the other filters one by one. */
export const MAX_COMPARED = 50_000;

/** At most `limit` matches of a filter, with a pause after each query. */
function* firstMatches({ ids, pieces }: Filter, limit: number): Generator<undefined, number[]> {
  const matches: number[] = [];
  for (const query of pieces?.() ?? [ids]) {
    for (const id of statement(sql`${query} LIMIT ${limit - matches.length}`).numbers()) matches.push(id);
    yield;
    if (matches.length === limit) break;
  }
  return matches;
}

/** The matches of the filter that has the fewest, if those are fewer than `limit`; else null. */
export function* fewestMatches(
  filters: readonly Filter[],
  limit: number,
): Generator<undefined, number[] | null> {
  let fewest: number[] | null = null;
  for (const filter of filters) {
    const most: number = fewest?.length ?? limit;
    const matches: number[] = yield* firstMatches(filter, most);
    if (matches.length < most) fewest = matches;
  }
  return fewest;
}

type Filtered = Pick<OrderedList, "table" | "filters">;

/**
 * At most {@link MAX_SORTED} ids that all matches of the list are among: those of the filter that has the fewest, or of
 * all filters together. Null where there are more. It pauses between the pieces that it reads.
 */
export function* fewMatchesInPieces({ table, filters }: Filtered): Generator<undefined, number[] | null> {
  const fewest = yield* fewestMatches(filters, MAX_SORTED + 1);
  if (fewest || filters.length < 2) return fewest;
  const some = yield* fewestMatches(filters, MAX_COMPARED + 1);
  if (!some) return null;
  const conditions = filters.map(({ condition }) => condition);
  const matches = statement(sql`SELECT id FROM ${sql.raw(table)} NOT INDEXED
    WHERE id IN (SELECT value FROM json_each(${JSON.stringify(some)})) AND ${and(conditions)}
    LIMIT ${MAX_SORTED + 1}`).numbers();
  return matches.length > MAX_SORTED ? null : matches;
}

/** {@link fewMatchesInPieces}, without pauses. */
export const fewMatches = (list: Filtered): number[] | null => atOnce(fewMatchesInPieces(list));

/**
 * The ids of a page, in the list's order.
 *
 * @param few from {@link fewMatches}: they are sorted
 */
export function idsOfPage(
  list: OrderedList,
  few: readonly number[] | null,
  { skip, take }: { skip: number; take: number },
): number[] {
  const { table, order, filters } = list;
  const conditions = filters.map(({ condition }) => condition);
  const page = sql`ORDER BY ${sql.raw(order)} LIMIT ${take} OFFSET ${skip}`;
  if (few) {
    if (few.length === 0) return [];
    return statement(sql`SELECT id FROM ${sql.raw(table)} NOT INDEXED
      WHERE id IN (SELECT value FROM json_each(${JSON.stringify(few)})) AND ${and([...list.conditions, ...conditions])}
      ${page}`).numbers();
  }
  if (filters.length > 0) {
    const { comeSoon, rarest } = firstRows(list, skip + take);
    if (!comeSoon) {
      // All matches of one filter at once; the others are conditions on those rows.
      conditions[rarest] = sql`+id IN (${filters[rarest]?.ids ?? sql`NULL`})`;
    }
  }
  return statement(sql`SELECT id FROM ${alongIndex(list, conditions)} ${page}`).numbers();
}

/**
 * Tries the first rows of the order: whether they hold enough matches for reading row by row to end soon, and which
 * filter has the fewest matches among them.
 */
function firstRows(list: OrderedList, matches: number): { comeSoon: boolean; rarest: number } {
  const { filters, size = 100_000 } = list;
  const rows = 2 * Math.min(matches, MAX_SORTED + 1) + Math.min(5_000, Math.ceil(size / 20));
  const conditions = filters.map(({ condition }) => condition);
  // The last is of all filters. A single filter is all of them, and its condition would be tried twice.
  const counted = filters.length === 1 ? conditions : [...conditions, and(conditions)];
  const query = sql`SELECT ${sql.join(
    counted.map((condition) => sql`count(*) FILTER (WHERE ${condition})`),
    sql`, `,
  )} FROM ${sql.raw(list.table)}
    WHERE id IN (SELECT id FROM ${alongIndex(list, [])} ORDER BY ${sql.raw(list.order)} LIMIT ${rows})`;
  const counts = (statement(query).list<bigint[]>() ?? []).map(Number);
  const ofFilters = counts.slice(0, filters.length);
  return { comeSoon: (counts.at(-1) ?? 0) >= matches, rarest: ofFilters.indexOf(Math.min(...ofFilters)) };
}

/** All ids of the list, in its order. */
export function allIds(list: OrderedList): number[] {
  return idsOfPage(list, fewMatches(list), { skip: 0, take: Number.MAX_SAFE_INTEGER });
}

/** How many rows the list has that is filtered by nothing but columns of its index. */
export function countAlongIndex(list: OrderedList): number {
  return statement(sql`SELECT count(*) FROM ${alongIndex(list, [])}`).numbers()[0] ?? 0;
}

/** A page of a filtered list, which is counted and paged up to {@link MAX_SORTED} matches. */
export function filteredPage(
  list: OrderedList,
  { page, size }: { page: number; size: number },
): NumberedPage<number> {
  const few = fewMatches(list);
  if (!few && list.filters.length === 1 && list.conditions.length === 0) {
    // The one filter has more matches than are counted.
    return numberedPage({ total: MAX_SORTED, more: true, page, size }, (place) =>
      idsOfPage(list, null, place),
    );
  }
  const ids = idsOfPage(list, few, { skip: 0, take: MAX_SORTED + 1 });
  const more = ids.length > MAX_SORTED;
  return numberedPage({ total: more ? MAX_SORTED : ids.length, more, page, size }, ({ skip, take }) =>
    ids.slice(skip, skip + take),
  );
}

/**
 * The ids of a page where `total` is known and nothing is filtered beyond the index: past the middle, the index is read
 * from its end, so that the last page costs what the first one costs.
 */
export function idsOfUnfilteredPage(
  list: OrderedList,
  total: number,
  { skip, take }: { skip: number; take: number },
): number[] {
  const fromEnd = skip > total / 2;
  const ids = statement(sql`SELECT id FROM ${alongIndex(list, [])}
    ORDER BY ${sql.raw(fromEnd ? list.backwards : list.order)}
    LIMIT ${take} OFFSET ${fromEnd ? Math.max(0, total - skip - take) : skip}`).numbers();
  return fromEnd ? ids.reverse() : ids;
}

/** A page of a list, with the number it really has: one past the end shows the last page. */
export type NumberedPage<Item> = {
  items: Item[];
  /** How many there are, or how far they were counted. */
  total: number;
  /** Whether there are more than `total`. */
  more: boolean;
  page: number;
  pages: number;
};

/** Cuts a page out of `total` items. */
export function numberedPage<Item>(
  {
    total,
    more = false,
    page: requested,
    size,
  }: { total: number; more?: boolean; page: number; size: number },
  items: (place: { skip: number; take: number }) => Item[],
): NumberedPage<Item> {
  const pages = Math.max(1, Math.ceil(total / size));
  const page = Math.min(requested, pages);
  const skip = (page - 1) * size;
  const place = { skip, take: Math.min(size, total - skip) };
  return { items: total === 0 ? [] : items(place), total, more, page, pages };
}

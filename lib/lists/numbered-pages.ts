import { type SQL, sql } from "drizzle-orm";
import { readNumbers } from "#db/statement.ts";

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
};

/** A list before it is cut into pages. */
export type OrderedList = {
  table: string;
  /** The index in the list's order, which also has the columns of `conditions`. */
  index: string;
  /** "spent DESC, id DESC", and the same from the end. */
  order: string;
  backwards: string;
  /** Conditions on columns of the index. */
  conditions: readonly SQL[];
  /** Filters that the index does not answer. */
  filters: readonly Filter[];
};

/** Up to this many matches are sorted. More are met along the index of the order. */
export const MAX_SORTED = 10_000;

const and = (conditions: readonly SQL[]): SQL =>
  conditions.length === 0 ? sql`1` : sql.join([...conditions], sql` AND `);

/** The list's rows as SQL, along the index of the order, so that no row is sorted. */
function alongIndex({ table, index, conditions }: OrderedList, more: readonly SQL[]): SQL {
  return sql`${sql.raw(table)} INDEXED BY ${sql.raw(index)} WHERE ${and([...conditions, ...more])}`;
}

/** How many rows a query of ids has, counted up to `max`. */
export function countUpTo(ids: SQL, max: number): number {
  return readNumbers(sql`SELECT count(*) FROM (${ids} LIMIT ${max})`)[0] ?? 0;
}

/** The filter with the fewest matches, where that is at most {@link MAX_SORTED}. */
export function rarestFilter(filters: readonly Filter[]): Filter | null {
  let rarest: Filter | null = null;
  let fewest = MAX_SORTED + 1;
  for (const filter of filters) {
    const matches = countUpTo(filter.ids, fewest);
    if (matches < fewest) {
      fewest = matches;
      rarest = filter;
    }
  }
  return rarest;
}

/**
 * The ids of a page, in the list's order.
 *
 * @param rarest from {@link rarestFilter}: its matches are sorted.
 */
export function idsOfPage(
  list: OrderedList,
  rarest: Filter | null,
  { skip, take }: { skip: number; take: number },
): number[] {
  const { filters, order, table } = list;
  const conditions = filters.map(({ condition }) => condition);
  if (rarest) {
    return readNumbers(sql`SELECT id FROM ${sql.raw(table)} NOT INDEXED
      WHERE id IN (${rarest.ids}) AND ${and([...list.conditions, ...conditions])}
      ORDER BY ${sql.raw(order)} LIMIT ${take} OFFSET ${skip}`);
  }
  const rows = matchesComeSoon(list, skip + take)
    ? conditions
    : filters.map(({ ids }) => sql`+id IN (${ids})`);
  return readNumbers(sql`SELECT id FROM ${alongIndex(list, rows)}
    ORDER BY ${sql.raw(order)} LIMIT ${take} OFFSET ${skip}`);
}

/** Whether the first rows of the order hold so many matches, so that reading row by row ends soon. */
function matchesComeSoon(list: OrderedList, matches: number): boolean {
  if (list.filters.length === 0) return true;
  if (matches > MAX_SORTED + 1) return false;
  const window = 2 * matches + 5_000;
  const conditions = list.filters.map(({ condition }) => condition);
  const [found = 0] = readNumbers(sql`SELECT count(*) FROM ${sql.raw(list.table)} WHERE id IN
    (SELECT id FROM ${alongIndex(list, [])} ORDER BY ${sql.raw(list.order)} LIMIT ${window}) AND ${and(conditions)}`);
  return found >= matches;
}

/** All ids of the list, in its order. */
export function allIds(list: OrderedList): number[] {
  return idsOfPage(list, rarestFilter(list.filters), { skip: 0, take: Number.MAX_SAFE_INTEGER });
}

/** How many rows the list has that is filtered by nothing but columns of its index. */
export function countAlongIndex(list: OrderedList): number {
  return readNumbers(sql`SELECT count(*) FROM ${alongIndex(list, [])}`)[0] ?? 0;
}

/** A page of a filtered list, which is counted and paged up to {@link MAX_SORTED} matches. */
export function filteredPage(
  list: OrderedList,
  { page, size }: { page: number; size: number },
): NumberedPage<number> {
  const rarest = rarestFilter(list.filters);
  if (!rarest && list.filters.length === 1 && list.conditions.length === 0) {
    // The one filter was counted, and has more.
    return numberedPage({ total: MAX_SORTED, more: true, page, size }, (place) =>
      idsOfPage(list, null, place),
    );
  }
  const ids = idsOfPage(list, rarest, { skip: 0, take: MAX_SORTED + 1 });
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
  const ids = readNumbers(sql`SELECT id FROM ${alongIndex(list, [])}
    ORDER BY ${sql.raw(fromEnd ? list.backwards : list.order)}
    LIMIT ${take} OFFSET ${fromEnd ? Math.max(0, total - skip - take) : skip}`);
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
  return { items: items({ skip, take: Math.min(size, total - skip) }), total, more, page, pages };
}

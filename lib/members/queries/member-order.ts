import { sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { type Matches, matchesInPieces } from "#lib/lists/matches-in-pieces.ts";
import { fewMatchesInPieces, idsOfPage, MAX_SORTED } from "#lib/lists/numbered-pages.ts";
import { isWhole, organizationsIn, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import type { MembersView } from "../search-params.ts";
import { and, BY_ORGANIZATION, orderedMembers, orderOf, organizationOf, sortOf } from "./member-filters.ts";

/** The figures that a part of the enterprise is sorted by: the column of a membership, and what a person has of several. */
const FIGURES = {
  spent: { column: "spent", of: "sum" },
  active: { column: "last_active_at", of: "latest" },
  created: { column: "created_at", of: "earliest" },
} as const;

function combined(of: "sum" | "latest" | "earliest", a: bigint, b: bigint): bigint {
  if (of === "sum") return a + b;
  return a > b === (of === "latest") ? a : b;
}

/** How many memberships or people are read at once: some 20 ms. */
const ROWS_A_PIECE = 10_000;

/**
 * The ids of the people of a view in its order, where that is by a figure over the memberships in a scope: no index has
 * such sums. It pauses between the pieces that it reads, so that others can have a turn. Null where an index has the
 * order.
 */
export function* idsByFigure(scope: Scope, view: MembersView): Generator<undefined, number[] | null> {
  const { descending, key } = sortOf(view);
  const organizationId = organizationOf(scope, view);
  if (isWhole(scope) || key === "name" || organizationId === undefined) return null;
  const list = orderedMembers(scope, view, organizationId);
  const { column, of } = FIGURES[key];
  const figure = sql.raw(`ms.${column}`);
  const few = yield* fewMatchesInPieces(list);
  const isEverybody =
    list.filters.length === 1 && view.status === "all" && view.role === "all" && view.used === "all";
  const matches = isEverybody
    ? sql`1`
    : sql`EXISTS (SELECT 1 FROM members WHERE members.id = ms.member_id
        AND ${and(list.filters.map(({ condition }) => condition))})`;
  const queries = few
    ? inPieces(idsOfPage(list, few, { skip: 0, take: MAX_SORTED }), () => 1).map(
        (ids) => sql`SELECT ms.member_id, ${figure} FROM json_each(${JSON.stringify(ids)}) p
          CROSS JOIN memberships ms INDEXED BY memberships_member ON ms.member_id = p.value
          WHERE ${and(scopeConditions(scope, sql`+ms.organization_id`))}`,
      )
    : organizationPieces(scope).map(
        (ids) => sql`SELECT ms.member_id, ${figure} FROM json_each(${JSON.stringify(ids)}) o
          CROSS JOIN memberships ms INDEXED BY ${sql.raw(BY_ORGANIZATION)} ON ms.organization_id = o.value
          WHERE ${matches}`,
      );
  const figures = new Map<number, bigint | null>();
  for (const [index, query] of queries.entries()) {
    if (index > 0) yield;
    for (const [id, value] of statement(query).lists<[bigint, bigint | null]>()) {
      const before = figures.get(Number(id)) ?? null;
      figures.set(
        Number(id),
        before === null || value === null ? (before ?? value) : combined(of, before, value),
      );
    }
  }
  const sign = descending ? -1 : 1;
  // As SQLite sorts: nothing is before everything.
  const compare = (a: bigint | null, b: bigint | null) =>
    a === b ? 0 : a === null || (b !== null && a < b) ? -1 : 1;
  const sorted = yield* sortedInPieces(
    figures,
    ([id, one], [otherId, other]) => sign * (compare(one, other) || id - otherId),
  );
  const ids: number[] = [];
  for (const [id] of sorted) {
    ids.push(id);
    if (ids.length % ITEMS_A_PIECE === 0) yield;
  }
  return ids;
}

/**
 * The first people of a view in its order, where it has a filter or an order by {@link idsByFigure}. It pauses between the
 * pieces that it reads.
 *
 * @param place of the last person who is shown
 * @returns null where an index has the order and nothing is filtered
 */
export function* peopleInPieces(
  scope: Scope,
  view: MembersView,
  place: number,
): Generator<undefined, Matches | null> {
  const ids = yield* idsByFigure(scope, view);
  if (ids) return { ids, more: ids.length > MAX_SORTED };
  const organizationId = organizationOf(scope, view);
  if (organizationId === undefined) return null;
  const list = orderedMembers(scope, view, organizationId);
  return list.filters.length === 0 ? null : yield* matchesInPieces(list, orderOf(view), { place });
}

/** How many items in memory are copied at once: some 20 ms. */
const ITEMS_A_PIECE = 100_000;

/** Sorts by merging sorted pieces, with pauses: a million people at once would take more than a second. */
export function* sortedInPieces<T>(
  items: Iterable<T>,
  compare: (one: T, other: T) => number,
): Generator<undefined, T[]> {
  let pieces: T[][] = [[]];
  for (const item of items) {
    const piece = pieces.at(-1);
    piece?.push(item);
    if (piece?.length !== ROWS_A_PIECE) continue;
    piece.sort(compare);
    pieces.push([]);
    yield;
  }
  pieces.at(-1)?.sort(compare);
  while (pieces.length > 1) {
    const merged: T[][] = [];
    for (let index = 0; index < pieces.length; index += 2) {
      yield;
      merged.push(yield* merge(pieces[index] ?? [], pieces[index + 1] ?? [], compare));
    }
    pieces = merged;
  }
  return pieces[0] ?? [];
}

function* merge<T>(
  a: readonly T[],
  b: readonly T[],
  compare: (one: T, other: T) => number,
): Generator<undefined, T[]> {
  const merged: T[] = [];
  let at = 0;
  for (const item of a) {
    for (let other = b[at]; other !== undefined && compare(other, item) < 0; other = b[at]) {
      merged.push(other);
      at += 1;
      if (merged.length % ITEMS_A_PIECE === 0) yield;
    }
    merged.push(item);
    if (merged.length % ITEMS_A_PIECE === 0) yield;
  }
  for (; at < b.length; at += 1) {
    const item = b[at];
    if (item !== undefined) merged.push(item);
    if (merged.length % ITEMS_A_PIECE === 0) yield;
  }
  return merged;
}

/** Cuts ids into pieces of at most {@link ROWS_A_PIECE} rows. The id at `index` has `rowsOf(index)` rows. */
function inPieces(ids: readonly number[], rowsOf: (index: number) => number): number[][] {
  const pieces: number[][] = [];
  let rows = ROWS_A_PIECE;
  for (const [index, id] of ids.entries()) {
    if (rows >= ROWS_A_PIECE) {
      pieces.push([]);
      rows = 0;
    }
    pieces.at(-1)?.push(id);
    rows += rowsOf(index);
  }
  return pieces;
}

/** The organizations of a scope, in groups whose memberships can be read at once. */
export function organizationPieces(scope: Scope): number[][] {
  const rows = statement(
    sql`SELECT o.id, o.members FROM ${organizationsIn(scope)} s CROSS JOIN organizations o ON o.id = s.value`,
  ).lists<[bigint, bigint]>();
  return inPieces(
    rows.map(([id]) => Number(id)),
    (index) => 1 + Number(rows[index]?.[1] ?? 0),
  );
}

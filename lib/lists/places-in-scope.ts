import { type SQL, sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import type { Cursor, Walk } from "#lib/keyset.ts";
import { isFew, organizationsIn, reads, type Scope } from "#lib/scope/scope.ts";

// Lists that are paged by keyset, of the organizations in a scope. The rows of one organization are in the order of the
// list in an index, those of several are not. The cost of a page must not depend on how many rows the organizations have.

/** A list of which each row belongs to an organization, or to none. */
export type ScopedList = {
  table: string;
  /** The column with the instant. */
  at: string;
  /** The index that has the rows of all organizations in the list's order. */
  index: string;
  /** The index that has the rows of each organization in the list's order. */
  indexOfOrganization: string;
  /** The filter's conditions on a row. */
  conditions: readonly SQL[];
  /** Whether the whole list is tried first for few organizations too, because it may have few rows. */
  triesList?: boolean;
};

/** With more organizations than {@link isFew}, this number of rows of the whole list is tried first, in pieces. */
const TRIED_ROWS = 20_000;
const ROWS_A_PIECE = 1_000;

/** How many rows of an organization are read at once. */
const ROWS_OF_ORGANIZATION = 8;

type Place = { at: bigint; id: bigint };
const cursorOf = ({ at, id }: Place): Cursor => ({ at: Number(at), id: Number(id) });

const descending = ({ direction }: Walk) => direction === "older";

function orderBy({ at }: ScopedList, walk: Walk): SQL {
  const direction = sql.raw(descending(walk) ? "DESC" : "ASC");
  return sql`ORDER BY ${sql.raw(at)} ${direction}, id ${direction}`;
}

/** Where a walk begins: in the rest of the place's own instant, then beyond it, because an index can seek to either. */
function starts({ at }: ScopedList, walk: Walk, from: { at: unknown; id: unknown } | null): SQL[][] {
  if (!from) return [[]];
  const column = sql.raw(at);
  const beyond = sql.raw(descending(walk) ? "<" : ">");
  return [[sql`${column} = ${from.at}`, sql`id ${beyond} ${from.id}`], [sql`${column} ${beyond} ${from.at}`]];
}

const all = (conditions: readonly SQL[]): SQL => sql.join([sql`1`, ...conditions], sql` AND `);

/** The scope's places, in the order of the walk; null where too many rows of other organizations came first. */
function placesAlongList(list: ScopedList, scope: Scope, walk: Walk): Cursor[] | null {
  const places: Cursor[] = [];
  let from: { at: bigint; id: bigint } | Cursor | null = walk.from;
  for (let tried = 0; tried < TRIED_ROWS; ) {
    let rows = 0;
    for (const start of starts(list, walk, from)) {
      if (rows === ROWS_A_PIECE) break;
      const piece = statement(
        sql`SELECT id, ${sql.raw(list.at)}, organization_id FROM ${sql.raw(list.table)} INDEXED BY ${sql.raw(list.index)}
          WHERE ${all([...list.conditions, ...start])} ${orderBy(list, walk)} LIMIT ${ROWS_A_PIECE - rows}`,
      ).lists<[bigint, bigint, bigint | null]>();
      rows += piece.length;
      for (const [id, at, organization] of piece) {
        from = { at, id };
        if (organization !== null && reads(scope, Number(organization))) places.push(cursorOf({ at, id }));
        if (places.length === walk.limit) return places;
      }
    }
    if (rows < ROWS_A_PIECE) return places;
    tried += rows;
  }
  return null;
}

type Head = Cursor & { organization: number };

/** The first place of each organization, of those that come first. */
function headsOf(list: ScopedList, scope: Scope, walk: Walk): Head[] {
  const { table, at, indexOfOrganization } = list;
  const first = starts(list, walk, walk.from).map(
    (start) =>
      sql`(SELECT id FROM ${sql.raw(table)} INDEXED BY ${sql.raw(indexOfOrganization)}
        WHERE organization_id = s.value AND ${all([...list.conditions, ...start])} ${orderBy(list, walk)} LIMIT 1)`,
  );
  const head = first.length === 1 ? first[0] : sql`coalesce(${sql.join(first, sql`, `)})`;
  return statement(
    sql`SELECT h.organization, t.${sql.raw(at)}, t.id FROM
        (SELECT s.value AS organization, ${head} AS head FROM ${organizationsIn(scope)} s) h
      CROSS JOIN ${sql.raw(table)} t NOT INDEXED ON t.id = h.head ${orderBy(list, walk)} LIMIT ${walk.limit}`,
  )
    .lists<[bigint, bigint, bigint]>()
    .map(([organization, at, id]) => ({
      organization: Number(organization),
      at: Number(at),
      id: Number(id),
    }));
}

/** Reads on in one organization, with statements that are made once. */
function readerOf(list: ScopedList, walk: Walk): (head: Head) => Head[] {
  const value = sql.placeholder;
  const statements = starts(list, walk, { at: value("at"), id: value("id") }).map((start) =>
    statement(
      sql`SELECT ${sql.raw(list.at)}, id FROM ${sql.raw(list.table)} INDEXED BY ${sql.raw(list.indexOfOrganization)}
        WHERE organization_id = ${value("organization")} AND ${all([...list.conditions, ...start])}
        ${orderBy(list, walk)} LIMIT ${ROWS_OF_ORGANIZATION}`,
    ),
  );
  return (head) => {
    const next: Head[] = [];
    for (const one of statements) {
      if (next.length >= ROWS_OF_ORGANIZATION) break;
      for (const [at, id] of one.lists<[bigint, bigint]>(head)) {
        next.push({ organization: head.organization, at: Number(at), id: Number(id) });
      }
    }
    return next.slice(0, ROWS_OF_ORGANIZATION);
  };
}

/** Merges the rows of the organizations from their first ones on. */
function mergeOrganizations(list: ScopedList, scope: Scope, walk: Walk): Cursor[] {
  const sign = descending(walk) ? -1 : 1;
  const isBefore = (one: Cursor, other: Cursor) => sign * (one.at - other.at || one.id - other.id) < 0;
  const heads = headsOf(list, scope, walk);
  const read = readerOf(list, walk);
  const rows = new Map<number, Head[]>();
  const places: Cursor[] = [];
  let head = heads.shift();
  while (head && places.length < walk.limit) {
    places.push({ at: head.at, id: head.id });
    let own = rows.get(head.organization);
    if (!own?.length) {
      own = read(head);
      rows.set(head.organization, own);
    }
    const next = own.shift();
    if (next) {
      let low = 0;
      let high = heads.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        const other = heads[middle];
        if (other && isBefore(other, next)) low = middle + 1;
        else high = middle;
      }
      heads.splice(low, 0, next);
    }
    head = heads.shift();
  }
  return places;
}

/** The places of the rows whose organization is in the scope, which is not the whole enterprise, in the order of the walk. */
export function placesInScope(list: ScopedList, scope: Scope, walk: Walk): Cursor[] {
  const along = isFew(scope) && !list.triesList ? null : placesAlongList(list, scope, walk);
  return along ?? mergeOrganizations(list, scope, walk);
}

import { type SQL, sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { type Cursor, mergePlaces } from "#lib/keyset.ts";
import { placesInScope } from "#lib/lists/places-in-scope.ts";
import { isWhole, organizationsIn, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { type AuditFilter, type AuditWalk, conditionsOf, type Lead, leadsTo } from "./filter.ts";
import { type AuditReader, isPersonInScope, visibleKeys } from "./queries.ts";
import type { AuditSubjectKind } from "./rules.ts";

/**
 * The statements of {@link placesFor} along one index. After a place there are two: the other entries of the same instant,
 * and the entries after it. One statement for both would read all entries of an instant for each page, and an import
 * writes 100,000 entries at one instant.
 */
export function placesStatements(filter: AuditFilter, lead: Lead, walk: AuditWalk): SQL[] {
  const older = walk.direction === "older";
  const conditions = [lead.condition, ...conditionsOf(filter, walk)];
  const order = older ? sql`at DESC, id DESC` : sql`at ASC, id ASC`;
  const query = (...more: SQL[]) =>
    sql`SELECT id, at FROM audit_entries INDEXED BY ${sql.identifier(lead.index)}
      WHERE ${sql.join([...conditions, ...more], sql` AND `)} ORDER BY ${order} LIMIT ${walk.limit}`;
  if (!walk.from) return [query()];
  const { at, id } = walk.from;
  return older
    ? [query(sql`at = ${at}`, sql`id < ${id}`), query(sql`at < ${at}`)]
    : [query(sql`at = ${at}`, sql`id > ${id}`), query(sql`at > ${at}`)];
}

const placesOf = (query: SQL): Cursor[] =>
  statement<{ id: bigint; at: bigint }>(query)
    .all()
    .map(({ id, at }) => ({ id: Number(id), at: Number(at) }));

function placesAlong(filter: AuditFilter, leads: readonly Lead[], walk: AuditWalk): Cursor[] {
  return mergePlaces(
    leads.map((lead) => {
      const cursors: Cursor[] = [];
      for (const query of placesStatements(filter, lead, walk)) {
        if (cursors.length < walk.limit) cursors.push(...placesOf(query));
      }
      return cursors;
    }),
    walk,
  );
}

/** Reads the places of a view's entries that the reader may see. */
export function placesFor(filter: AuditFilter, { id, scope }: AuditReader): (walk: AuditWalk) => Cursor[] {
  const leads = leadsTo(filter);
  if (isWhole(scope)) return (walk) => placesAlong(filter, leads, walk);
  const { actor } = filter;
  if (actor?.kind === "api_key" && visibleKeys(scope, [actor.id]).size === 0) return () => [];
  const [inScope = sql`0`] = scopeConditions(scope, sql`organization_id`);
  const isOfPerson = sql`subject_kind = 'member' AND ${isPersonInScope(scope, sql`audit_entries.subject_id`)}`;
  const isOwnImport = sql`subject_kind = 'import' AND actor_kind = 'portal_user' AND actor_id = ${id}`;
  if (filter.q !== "") {
    // Few entries have the name.
    const visible = sql`(${inScope} OR (${isOfPerson}) OR (${isOwnImport}))`;
    const seen = leads.map(({ index, condition }) => ({
      index,
      condition: sql`${condition} AND ${visible}`,
    }));
    return (walk) => placesAlong(filter, seen, walk);
  }
  const [lead] = leads;
  const index = "audit_entries_subject_kind";
  return (walk) => {
    const conditions = conditionsOf(filter, walk);
    const places = [
      placesInScope(
        {
          table: "audit_entries",
          at: "at",
          index: lead.index,
          indexOfOrganization: "audit_entries_organization",
          conditions,
        },
        scope,
        walk,
      ),
    ];
    if (mayHave(filter, "member", ["member."])) places.push(placesOfPeople(filter, scope, walk));
    if (mayHave(filter, "import", ["import.", "usage."]))
      places.push(placesAlong(filter, [{ index, condition: isOwnImport }], walk));
    return mergePlaces(places, walk);
  };
}

/** Whether the filter may leave entries of a kind, whose actions have these beginnings. */
function mayHave(
  { kind, action }: AuditFilter,
  one: AuditSubjectKind,
  beginnings: readonly string[],
): boolean {
  const isAction = action === "all" || beginnings.some((beginning) => action.startsWith(beginning));
  return isAction && (kind === "all" || kind === one);
}

/** How many entries about people are tried before those of the scope's people are looked up one by one. */
const TRIED_ENTRIES = 2_000;

/** With more memberships than this, no people are looked up one by one. */
const MAX_MEMBERSHIPS = 50_000;

/** The places of the entries about people of the scope: at least the first ones, up to the limit of the walk. */
function placesOfPeople(filter: AuditFilter, scope: Scope, walk: AuditWalk): Cursor[] {
  const ofPeople: Lead = { index: "audit_entries_subject_kind", condition: sql`subject_kind = 'member'` };
  const tried: Cursor[] = [];
  const limit = TRIED_ENTRIES;
  let entries = 0;
  for (const query of placesStatements(filter, ofPeople, { ...walk, limit })) {
    if (entries >= limit) break;
    const rows = statement(
      sql`SELECT e.id, e.at, ${isPersonInScope(scope, sql`e.subject_id`)}
        FROM (SELECT p.id, p.at, a.subject_id FROM (${query}) p CROSS JOIN audit_entries a NOT INDEXED ON a.id = p.id) e`,
    ).lists<[bigint, bigint, bigint]>();
    entries += rows.length;
    for (const [id, at, seen] of rows) if (seen === 1n) tried.push({ id: Number(id), at: Number(at) });
  }
  if (entries < limit || tried.length >= walk.limit) return tried;
  const [inScope = sql`0`] = scopeConditions(scope, sql`organization_id`);
  const [memberships = 0] = statement(
    sql`SELECT coalesce(sum(o.members), 0) FROM ${organizationsIn(scope)} s CROSS JOIN organizations o ON o.id = s.value`,
  ).numbers();
  if (memberships > MAX_MEMBERSHIPS) {
    const condition = sql`${ofPeople.condition} AND ${isPersonInScope(scope, sql`audit_entries.subject_id`)}`;
    return placesAlong(filter, [{ ...ofPeople, condition }], walk);
  }
  const people = sql`SELECT DISTINCT member_id FROM memberships INDEXED BY memberships_organization_name WHERE ${inScope}`;
  const condition = sql`${ofPeople.condition} AND subject_id IN (${people})`;
  return placesAlong(filter, [{ index: "audit_entries_subject", condition }], walk);
}

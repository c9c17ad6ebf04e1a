import { asc, inArray, max, type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { apiKeys, auditEntries, portalUsers } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { addDays, rangeBetween } from "#lib/calendar.ts";
import {
  type Cursor,
  type KeysetPage,
  keysetPage,
  keysetPieces,
  mergePlaces,
  type Walk,
} from "#lib/keyset.ts";
import { placesInScope } from "#lib/lists/places-in-scope.ts";
import { isWhole, organizationsIn, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { endOfDay } from "#lib/time.ts";
import type { AuditRow } from "./commands.ts";
import {
  type AuditItem,
  type AuditReader,
  actorsOf,
  isPersonInScope,
  itemsOf,
  visibleKeys,
} from "./queries.ts";
import type { AuditSubjectKind } from "./rules.ts";
import { type AuditActor, type AuditView, auditSearchParams } from "./search-params.ts";

export const AUDIT_PAGE_SIZE = 50;

/** The filters of a view with its days as instants: from the first instant, before the last. */
export type AuditFilter = Pick<AuditView, "q" | "actor" | "action" | "kind"> & {
  first: number | null;
  end: number | null;
};

/** The view's days by the enterprise's time zone. */
export function auditFilter(view: AuditView, timeZone: string): AuditFilter {
  const { from, to } = rangeBetween(view.from, view.to);
  return {
    q: view.q,
    actor: view.actor,
    action: view.action,
    kind: view.kind,
    first: from === null ? null : endOfDay(addDays(from, -1), timeZone).getTime(),
    end: to === null ? null : endOfDay(to, timeZone).getTime(),
  };
}

/** An index that finds a filter's entries, and the values to look up in it. */
type Lead = { index: string; condition: SQL };

/** The filter's conditions, each with its index. */
function leadsOf({ actor, action, kind }: AuditFilter): Lead[] {
  const leads: Lead[] = [];
  if (action !== "all") leads.push({ index: "audit_entries_action", condition: sql`action = ${action}` });
  if (actor) {
    const who = actor.id === null ? sql`actor_id IS NULL` : sql`actor_id = ${actor.id}`;
    leads.push({ index: "audit_entries_actor", condition: sql`actor_kind = ${actor.kind} AND ${who}` });
  }
  if (kind !== "all") {
    leads.push({ index: "audit_entries_subject_kind", condition: sql`subject_kind = ${kind}` });
  }
  return leads;
}

/** A subject of that name, or a membership such as "ana@example.edu in LAW". Few rows match. */
function namedLeads(q: string): Lead[] {
  const index = "audit_entries_subject_label";
  return [
    { index, condition: sql`subject_label = ${q} COLLATE NOCASE` },
    {
      index,
      condition: sql`subject_label >= ${`${q} in `} COLLATE NOCASE AND subject_label < ${`${q} in!`} COLLATE NOCASE`,
    },
  ];
}

const PROBE = 1_000;

/**
 * The index with the fewest entries for the filter, counted up to a limit. SQLite has no statistics to choose it by.
 */
function narrowest(leads: readonly Lead[]): Lead {
  const everything: Lead = { index: "audit_entries_at", condition: sql`1` };
  if (leads.length < 2) return leads[0] ?? everything;
  const counted = leads.map((lead) => {
    const from = sql`audit_entries INDEXED BY ${sql.identifier(lead.index)} WHERE ${lead.condition}`;
    const [entries = 0] = statement(
      sql`SELECT count(*) FROM (SELECT 1 FROM ${from} LIMIT ${PROBE})`,
    ).numbers();
    return { lead, entries };
  });
  return counted.sort((a, b) => a.entries - b.entries)[0]?.lead ?? everything;
}

type AuditWalk = Walk & { upToId?: number };

/** The filter's conditions on an entry, but for the name of what changed. */
function conditionsOf(filter: AuditFilter, { upToId }: Pick<AuditWalk, "upToId">): SQL[] {
  const conditions = leadsOf(filter).map(({ condition }) => condition);
  if (filter.first !== null) conditions.push(sql`at >= ${filter.first}`);
  if (filter.end !== null) conditions.push(sql`at < ${filter.end}`);
  if (upToId !== undefined) conditions.push(sql`id <= ${upToId}`);
  return conditions;
}

/**
 * The statements of {@link places} along one index. After a place there are two: the other entries of the same instant,
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

/** The indexes that find the filter's entries: one, or two for a name. */
export function leadsTo(filter: AuditFilter): Lead[] {
  return filter.q === "" ? [narrowest(leadsOf(filter))] : namedLeads(filter.q);
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
function placesFor(filter: AuditFilter, { id, scope }: AuditReader): (walk: AuditWalk) => Cursor[] {
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
          index: lead?.index ?? "audit_entries_at",
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

/** So many entries about people are tried before those of the scope's people are looked up one by one. */
const TRIED_ENTRIES = 2_000;

/** With more memberships than this, no people are looked up one by one. */
const MAX_MEMBERSHIPS = 50_000;

/** The places of the entries about people of the scope. */
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
  if (entries < limit || tried.length >= walk.limit) return tried.slice(0, walk.limit);
  const [inScope = sql`0`] = scopeConditions(scope, sql`organization_id`);
  const [memberships = 0] = statement(
    sql`SELECT coalesce(sum(o.members), 0) FROM ${organizationsIn(scope)} s CROSS JOIN organizations o ON o.id = s.value`,
  ).numbers();
  if (memberships > MAX_MEMBERSHIPS) {
    const condition = sql`${ofPeople.condition} AND ${isPersonInScope(scope, sql`audit_entries.subject_id`)}`;
    return placesAlong(filter, [{ ...ofPeople, condition }], walk);
  }
  const people = sql`SELECT DISTINCT member_id FROM memberships INDEXED BY memberships_organization_name WHERE ${inScope}`;
  const condition = sql`subject_kind = 'member' AND subject_id IN (${people})`;
  const cursors: Cursor[] = [];
  for (const query of placesStatements(filter, { index: "audit_entries_subject", condition }, walk)) {
    if (cursors.length < walk.limit) cursors.push(...placesOf(query));
  }
  return cursors.slice(0, walk.limit);
}

function rowsAt(cursors: readonly Cursor[]): AuditRow[] {
  const ids = cursors.map(({ id }) => id);
  const rows = database().select().from(auditEntries).where(inArray(auditEntries.id, ids)).all();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** A page of the audit, newest first; null where there is no further page. */
export type AuditPage = Omit<KeysetPage, "places"> & { items: AuditItem[] };

/** One page of the view, as `reader` may see it. */
export function listAudit(
  filter: AuditFilter,
  view: Pick<AuditView, "before" | "after">,
  reader: AuditReader,
): AuditPage {
  const page = keysetPage(placesFor(filter, reader), view, AUDIT_PAGE_SIZE);
  return { items: itemsOf(rowsAt(page.places), reader), older: page.older, newer: page.newer };
}

/** The newest entry's id. The audit only grows, so a read up to this id always has the same entries. */
export function latestAuditId(): number {
  return (
    database()
      .select({ id: max(auditEntries.id) })
      .from(auditEntries)
      .get()?.id ?? 0
  );
}

/** The view's stored entries up to `upToId` that the reader may see, newest first, `size` at a time. */
export function* auditPieces(
  filter: AuditFilter,
  reader: AuditReader,
  { upToId, size }: { upToId: number; size: number },
): Generator<AuditRow[]> {
  const places = placesFor(filter, reader);
  for (const piece of keysetPieces((walk) => places({ ...walk, upToId }), size)) {
    yield rowsAt(piece);
  }
}

type ActorOption = { actor: AuditActor; label: string };

/** With grants on organizations the filter offers the actors of so many entries. */
const ENTRIES_OF_ACTORS = 500;

/** The users and keys that made the newest changes which the reader may see, by name. */
function latestActors(reader: AuditReader): ActorOption[] {
  const newest = placesFor(
    auditFilter(auditSearchParams.defaults, "UTC"),
    reader,
  )({
    from: null,
    direction: "older",
    limit: ENTRIES_OF_ACTORS,
  });
  const options = new Map<string, ActorOption>();
  const rows = rowsAt(newest);
  const actorOf = actorsOf(rows, reader);
  for (const row of rows) {
    const { actorKind: kind } = row;
    const { actorId: id, actorLabel } = actorOf(row);
    if (id === null || (kind !== "portal_user" && kind !== "api_key") || options.has(`${kind} ${id}`))
      continue;
    options.set(`${kind} ${id}`, {
      actor: { kind, id },
      label: kind === "api_key" ? `API key ${actorLabel}` : actorLabel,
    });
  }
  return [...options.values()].sort((a, b) => (a.label < b.label ? -1 : 1));
}

/** The actors that the filter offers, by name: the first few hundred. */
export function actorOptions(reader: AuditReader): ActorOption[] {
  if (!isWhole(reader.scope)) return latestActors(reader);
  const db = database();
  const users = db
    .select({ id: portalUsers.id, label: portalUsers.email })
    .from(portalUsers)
    .orderBy(asc(portalUsers.emailKey))
    .limit(500)
    .all();
  const keys = db
    .select({ id: apiKeys.id, label: apiKeys.name })
    .from(apiKeys)
    .orderBy(asc(apiKeys.id))
    .limit(500)
    .all();
  return [
    ...users.map(({ id, label }) => ({ actor: { kind: "portal_user" as const, id }, label })),
    ...keys.map(({ id, label }) => ({ actor: { kind: "api_key" as const, id }, label: `API key ${label}` })),
  ];
}

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
import { endOfDay } from "#lib/time.ts";
import type { AuditRow } from "./commands.ts";
import { type AuditItem, type AuditReader, itemsOf } from "./queries.ts";
import type { AuditActor, AuditView } from "./search-params.ts";

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

/**
 * The statements of {@link places} along one index. After a place there are two: the other entries of the same instant,
 * and the entries after it. One statement for both would read all entries of an instant for each page, and an import
 * writes 100,000 entries at one instant.
 */
export function placesStatements(filter: AuditFilter, lead: Lead, walk: AuditWalk): SQL[] {
  const older = walk.direction === "older";
  const conditions = [lead.condition, ...leadsOf(filter).map(({ condition }) => condition)];
  if (filter.first !== null) conditions.push(sql`at >= ${filter.first}`);
  if (filter.end !== null) conditions.push(sql`at < ${filter.end}`);
  if (walk.upToId !== undefined) conditions.push(sql`id <= ${walk.upToId}`);
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

function places(filter: AuditFilter, leads: readonly Lead[], walk: AuditWalk): Cursor[] {
  const read = (query: SQL) =>
    statement<{ id: bigint; at: bigint }>(query)
      .all()
      .map(({ id, at }) => ({ id: Number(id), at: Number(at) }));
  return mergePlaces(
    leads.map((lead) => {
      const cursors: Cursor[] = [];
      for (const query of placesStatements(filter, lead, walk)) {
        if (cursors.length < walk.limit) cursors.push(...read(query));
      }
      return cursors;
    }),
    walk,
  );
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
  const leads = leadsTo(filter);
  const page = keysetPage((walk) => places(filter, leads, walk), view, AUDIT_PAGE_SIZE);
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

/** The view's stored entries up to `upToId`, newest first, `size` at a time. */
export function* auditPieces(filter: AuditFilter, upToId: number, size: number): Generator<AuditRow[]> {
  const leads = leadsTo(filter);
  for (const piece of keysetPieces((walk) => places(filter, leads, { ...walk, upToId }), size)) {
    yield rowsAt(piece);
  }
}

/** The actors that the filter offers, by name: the first few hundred. */
export function actorOptions(): { actor: AuditActor; label: string }[] {
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

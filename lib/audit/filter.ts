import { type SQL, sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { addDays, rangeBetween } from "#lib/calendar.ts";
import type { Walk } from "#lib/keyset.ts";
import { endOfDay } from "#lib/time.ts";
import type { AuditView } from "./search-params.ts";

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
export type Lead = { index: string; condition: SQL };

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
function namedLeads(q: string): [Lead, Lead] {
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

export type AuditWalk = Walk & { upToId?: number };

/** The filter's conditions on an entry, but for the name of what changed. */
export function conditionsOf(filter: AuditFilter, { upToId }: Pick<AuditWalk, "upToId">): SQL[] {
  const conditions = leadsOf(filter).map(({ condition }) => condition);
  if (filter.first !== null) conditions.push(sql`at >= ${filter.first}`);
  if (filter.end !== null) conditions.push(sql`at < ${filter.end}`);
  if (upToId !== undefined) conditions.push(sql`id <= ${upToId}`);
  return conditions;
}

/** The indexes that find the filter's entries: one, or two for a name. */
export function leadsTo(filter: AuditFilter): [Lead, ...Lead[]] {
  return filter.q === "" ? [narrowest(leadsOf(filter))] : namedLeads(filter.q);
}

import { eq, max, type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { alertMutes, alerts } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { type Cursor, type KeysetPage, keysetPage, keysetPieces, type Walk } from "#lib/keyset.ts";
import { placesInScope } from "#lib/lists/places-in-scope.ts";
import { type NamedOrganization, organizationByCode } from "#lib/organization-codes/queries.ts";
import { isFew, isWhole, organizationsIn, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import type { AlertItem } from "../rules/item.ts";
import { ALERT_KINDS, type AlertKind, type AlertState } from "../rules/kinds.ts";
import type { AlertsView } from "../search-params.ts";
import { listedAlerts } from "./items.ts";

const ALERTS_PAGE_SIZE = 50;

/** The filters of a view, with ids in place of what the URL has. */
export type AlertFilter = {
  /** Every read by the filter is inside it. */
  scope: Scope;
  state: AlertState;
  kind: "all" | AlertKind;
  organization: NamedOrganization | null;
  /** The rules whose alerts are left out. */
  mutedRules: readonly number[];
  /** The view names an organization that does not exist in the scope, so nothing can match. */
  nothing: boolean;
};

/** The navigation of each page counts the alerts of the other rules. */
const mutes = statement((db) =>
  db
    .select({ id: alertMutes.ruleId })
    .from(alertMutes)
    .where(eq(alertMutes.portalUserId, sql.placeholder("portalUserId"))),
);

/** The rules that a user has muted. */
export function mutedRulesOf(portalUserId: number): number[] {
  return mutes.numbers({ portalUserId });
}

/** Looks up what the view names in the scope. */
export function alertFilter(
  scope: Scope,
  view: Pick<AlertsView, "state" | "kind" | "organization" | "muted">,
  mutedRules: readonly number[] = [],
): AlertFilter {
  const organization = view.organization === "" ? null : organizationByCode(scope, view.organization);
  return {
    scope,
    state: view.state,
    kind: view.kind,
    organization,
    mutedRules: view.muted === "show" ? [] : mutedRules,
    nothing: view.organization !== "" && organization === null,
  };
}

type AlertWalk = Walk & { upToId?: number };

function conditionsOf(
  { kind, state, mutedRules }: Pick<AlertFilter, "kind" | "state" | "mutedRules">,
  upToId: number | undefined,
): SQL[] {
  const conditions = [sql`state = ${state}`];
  if (kind !== "all") conditions.push(sql`kind = ${kind}`);
  if (mutedRules.length > 0) {
    conditions.push(
      sql`coalesce(rule_id, 0) NOT IN (SELECT value FROM json_each(${JSON.stringify(mutedRules)}))`,
    );
  }
  if (upToId !== undefined) conditions.push(sql`id <= ${upToId}`);
  return conditions;
}

/** The places of the filter's alerts. What concerns the enterprise is in no narrower scope. */
function placesOf(filter: AlertFilter, walk: AlertWalk): Cursor[] {
  if (filter.nothing) return [];
  const { scope, organization, kind } = filter;
  const conditions = conditionsOf(filter, walk.upToId);
  if (!organization && !isWhole(scope)) {
    return placesInScope(
      {
        table: "alerts",
        at: "opened_at",
        index: "alerts_state",
        indexOfOrganization: "alerts_organization",
        conditions,
      },
      scope,
      walk,
    );
  }
  if (organization) conditions.push(sql`organization_id = ${organization.id}`);
  conditions.push(...scopeConditions(scope, sql`organization_id`));
  const index = organization ? "alerts_organization" : kind === "all" ? "alerts_state" : "alerts_kind";
  const older = walk.direction === "older";
  const order = older ? sql`opened_at DESC, id DESC` : sql`opened_at ASC, id ASC`;
  const beyond = sql.raw(older ? "<" : ">");
  const { from } = walk;
  const starts = from
    ? [[sql`opened_at = ${from.at}`, sql`id ${beyond} ${from.id}`], [sql`opened_at ${beyond} ${from.at}`]]
    : [[]];
  const places: Cursor[] = [];
  for (const start of starts) {
    const left = walk.limit - places.length;
    if (left === 0) break;
    const rows = statement(
      sql`SELECT id, opened_at FROM alerts INDEXED BY ${sql.identifier(index)}
        WHERE ${sql.join([...conditions, ...start], sql` AND `)} ORDER BY ${order} LIMIT ${left}`,
    ).lists<[bigint, bigint]>();
    places.push(...rows.map(([id, at]) => ({ id: Number(id), at: Number(at) })));
  }
  return places;
}

const itemsAt = (places: readonly Cursor[]): AlertItem[] => listedAlerts(places.map(({ id }) => id));

/** A page of alerts, newest first; null where there is no further page. */
export type AlertsPage = Omit<KeysetPage, "places"> & { items: AlertItem[] };

/** One page of the view. */
export function listAlerts(filter: AlertFilter, view: Pick<AlertsView, "before" | "after">): AlertsPage {
  const { places, older, newer } = keysetPage((walk) => placesOf(filter, walk), view, ALERTS_PAGE_SIZE);
  return { items: itemsAt(places), older, newer };
}

/** The filter's alerts, newest first, `size` at a time, without those that come after the start. */
export function* alertPieces(filter: AlertFilter, size: number): Generator<AlertItem[]> {
  const upToId =
    database()
      .select({ id: max(alerts.id) })
      .from(alerts)
      .get()?.id ?? 0;
  for (const places of keysetPieces((walk) => placesOf(filter, { ...walk, upToId }), size)) {
    yield itemsAt(places);
  }
}

/** More alerts than this are not counted. */
export const COUNTED_ALERTS = 99;

/** How many alerts the filter has, up to one more than {@link COUNTED_ALERTS}. */
export function countAlerts(filter: AlertFilter): number {
  const { scope, organization, nothing } = filter;
  const most = COUNTED_ALERTS + 1;
  if (nothing || organization || isWhole(scope) || !isFew(scope)) {
    return placesOf(filter, { from: null, direction: "older", limit: most }).length;
  }
  // A count needs no order, so the alerts of the organizations are not merged.
  const [count = 0] = statement(
    sql`SELECT count(*) FROM (SELECT 1 FROM ${organizationsIn(scope)} s
      CROSS JOIN alerts INDEXED BY alerts_organization ON organization_id = s.value
      WHERE ${sql.join(conditionsOf(filter, undefined), sql` AND `)} LIMIT ${most})`,
  ).numbers();
  return count;
}

const OPEN = { state: "open", kind: "all", organization: "", muted: "hide" } as const;

/**
 * The newest open alerts in a scope, without those of rules that the user has muted: at most `limit` of each of these
 * kinds, so that many of one kind leave room for the others.
 */
export function openAlertsOfKinds(
  scope: Scope,
  kinds: readonly AlertKind[],
  limit: number,
  portalUserId: number,
): AlertItem[] {
  const muted = mutedRulesOf(portalUserId);
  if (isWhole(scope)) return listedAlerts(newestOfKinds(kinds, muted, limit));
  // What has no organization is in no part of the enterprise.
  const inParts = kinds.filter((kind) => ALERT_KINDS[kind].scoped);
  if (isFew(scope)) return listedAlerts(newestOfFew(inParts, scope, muted, limit));
  const places = inParts.flatMap((kind) => newestOfMany(kind, scope, muted, limit));
  return itemsAt(places.sort((a, b) => b.at - a.at || b.id - a.id));
}

/** SQLite uses the index of open alerts only where it sees their state in the text of the statement. */
const IS_OPEN = sql`state = 'open'`;

/** {@link newestOfKinds} in a part of the enterprise that has few organizations. */
function newestOfFew(
  kinds: readonly AlertKind[],
  scope: Scope,
  mutedRules: readonly number[],
  limit: number,
): number[] {
  const conditions = [IS_OPEN, ...conditionsOf({ kind: "all", state: "open", mutedRules }, undefined)];
  return statement(
    sql`SELECT a.id FROM json_each(${JSON.stringify(kinds)}) k CROSS JOIN alerts a NOT INDEXED ON a.id IN
      (SELECT o.id FROM ${organizationsIn(scope)} s CROSS JOIN alerts o NOT INDEXED ON o.id IN
        (SELECT id FROM alerts INDEXED BY alerts_open_of_organization
          WHERE organization_id = s.value AND kind = k.value AND ${sql.join(conditions, sql` AND `)}
          ORDER BY opened_at DESC, id DESC LIMIT ${limit})
        ORDER BY o.opened_at DESC, o.id DESC LIMIT ${limit})
      ORDER BY a.opened_at DESC, a.id DESC`,
  ).numbers();
}

/** The places of the newest open alerts of a kind in a part of the enterprise that has many organizations. */
function newestOfMany(kind: AlertKind, scope: Scope, mutedRules: readonly number[], limit: number): Cursor[] {
  return placesInScope(
    {
      table: "alerts",
      at: "opened_at",
      index: "alerts_kind",
      indexOfOrganization: "alerts_open_of_organization",
      conditions: [IS_OPEN, ...conditionsOf({ kind, state: "open", mutedRules }, undefined)],
    },
    scope,
    { from: null, direction: "older", limit },
  );
}

/** The ids of the newest open alerts of the enterprise, at most `limit` of each kind, the newest of each kind first. */
function newestOfKinds(kinds: readonly AlertKind[], mutedRules: readonly number[], limit: number): number[] {
  const conditions = conditionsOf({ kind: "all", state: "open", mutedRules }, undefined);
  return statement(
    sql`SELECT a.id FROM json_each(${JSON.stringify(kinds)}) k CROSS JOIN alerts a ON a.id IN
      (SELECT id FROM alerts INDEXED BY alerts_kind
        WHERE kind = k.value AND ${sql.join(conditions, sql` AND `)} ORDER BY opened_at DESC, id DESC LIMIT ${limit})
      ORDER BY a.opened_at DESC, a.id DESC`,
  ).numbers();
}

/** How many open alerts a user has in the navigation, up to one more than {@link COUNTED_ALERTS}. */
export function countOpenAlerts(scope: Scope, portalUserId: number): number {
  return countAlerts(alertFilter(scope, OPEN, mutedRulesOf(portalUserId)));
}

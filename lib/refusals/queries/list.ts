import { and, eq, inArray, isNull, max, type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { apiKeys, members, memberships, organizations, refusals } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import {
  type Cursor,
  type KeysetPage,
  keysetPage,
  keysetPieces,
  mergePlaces,
  type Walk,
} from "#lib/keyset.ts";
import { placesInScope } from "#lib/lists/places-in-scope.ts";
import { isWhole, reads, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import type { RefusalsView } from "../search-params.ts";
import type { RefusalFilter } from "./filter.ts";

const REFUSALS_PAGE_SIZE = 50;

/** Equal refusals of one minute, as lists show them; amounts in micro-credits. */
export type RefusalItem = {
  id: number;
  /** When the first was refused, and the last. */
  at: Date;
  lastAt: Date;
  code: string;
  request: "event" | "check";
  requests: number;
  amount: bigint;
  remaining: bigint | null;
  organization: { id: number; code: string; name: string } | null;
  /** The code that the request named, where it is not the organization's; "" otherwise. */
  organizationText: string;
  /** Null for nobody in the scope. */
  member: { id: number; name: string } | null;
  /** The email that the request named; "" for a row of several members. */
  memberEmail: string;
  /** Of the member in the organization; null where the person is not a member there. */
  membershipId: number | null;
  application: string;
  /** Null also for a key that is not in the scope. */
  apiKey: { id: number; name: string } | null;
};

/** An index that finds a filter's rows, and the values to look up in it. */
type Lead = { index: string; condition: SQL };

/** The indexes that find the filter's rows. A person has two, because requests may have sent the email before the person was added. */
function leadsOf({ member, organization, apiKeyId, applicationKey, code }: RefusalFilter): Lead[] {
  if (member) {
    const ofPerson = { index: "refusals_member", condition: sql`member_id = ${member.id}` };
    const unknown = member.keys.map((key) => ({
      index: "refusals_unknown_member",
      condition: sql`member_id IS NULL AND member_key = ${key}`,
    }));
    return member.id === null ? unknown : [ofPerson, ...unknown];
  }
  if (organization) {
    return [{ index: "refusals_organization", condition: sql`organization_id = ${organization.id}` }];
  }
  if (apiKeyId !== null) return [{ index: "refusals_api_key", condition: sql`api_key_id = ${apiKeyId}` }];
  if (applicationKey !== null) {
    return [{ index: "refusals_application", condition: sql`application_key = ${applicationKey}` }];
  }
  if (code !== "all") return [{ index: "refusals_code", condition: sql`code = ${code}` }];
  return [{ index: "refusals_at", condition: sql`1` }];
}

type RefusalWalk = Walk & { upToId?: number };

/** The filter's conditions on a row, but for the member. */
function conditionsOf(filter: RefusalFilter, { upToId }: Pick<RefusalWalk, "upToId">): SQL[] {
  const { organization, apiKeyId, applicationKey, code, first, end } = filter;
  const conditions: SQL[] = [];
  if (organization) conditions.push(sql`organization_id = ${organization.id}`);
  if (apiKeyId !== null) conditions.push(sql`api_key_id = ${apiKeyId}`);
  if (applicationKey !== null) conditions.push(sql`application_key = ${applicationKey}`);
  if (code !== "all") conditions.push(sql`code = ${code}`);
  if (first !== null) conditions.push(sql`at >= ${first}`);
  if (end !== null) conditions.push(sql`at < ${end}`);
  if (upToId !== undefined) conditions.push(sql`id <= ${upToId}`);
  return conditions;
}

/** The places along one index: first the rest of the walk's own instant, then beyond it. */
function placesAlong(lead: Lead, conditions: readonly SQL[], walk: Walk): Cursor[] {
  const older = walk.direction === "older";
  const order = older ? sql`at DESC, id DESC` : sql`at ASC, id ASC`;
  const { from } = walk;
  const beyond = sql.raw(older ? "<" : ">");
  const starts = from
    ? [[sql`at = ${from.at}`, sql`id ${beyond} ${from.id}`], [sql`at ${beyond} ${from.at}`]]
    : [[]];
  const places: Cursor[] = [];
  for (const start of starts) {
    const left = walk.limit - places.length;
    if (left === 0) break;
    const rows = statement(
      sql`SELECT id, at FROM refusals INDEXED BY ${sql.identifier(lead.index)}
        WHERE ${sql.join([lead.condition, ...conditions, ...start], sql` AND `)} ORDER BY ${order} LIMIT ${left}`,
    ).lists<[bigint, bigint]>();
    places.push(...rows.map(([id, at]) => ({ id: Number(id), at: Number(at) })));
  }
  return places;
}

/** The places of the filter's rows. A refusal that names no organization of the enterprise is in no narrower scope. */
function placesOf(filter: RefusalFilter, walk: RefusalWalk): Cursor[] {
  if (filter.nothing) return [];
  const { scope, organization } = filter;
  const conditions = conditionsOf(filter, walk);
  let { member } = filter;
  if (member?.id === null && !isWhole(scope)) {
    // Somebody outside the scope is found by the email that was sent, as nobody is: the answer tells of no difference.
    conditions.push(
      sql`member_key IN (${sql.join(
        member.keys.map((key) => sql`${key}`),
        sql`, `,
      )})`,
    );
    member = null;
  }
  if (!member && !organization && !isWhole(scope)) {
    return placesInScope(
      {
        table: "refusals",
        at: "at",
        index: "refusals_at",
        indexOfOrganization: "refusals_organization",
        conditions,
      },
      scope,
      walk,
    );
  }
  const inScope = [...conditions, ...scopeConditions(scope, sql`organization_id`)];
  return mergePlaces(
    leadsOf({ ...filter, member }).map((lead) => placesAlong(lead, inScope, walk)),
    walk,
  );
}

function itemsAt(scope: Scope, places: readonly Cursor[]): RefusalItem[] {
  const ids = places.map(({ id }) => id);
  const rows = database()
    .select({
      id: refusals.id,
      at: refusals.at,
      lastAt: refusals.lastAt,
      code: refusals.code,
      request: refusals.request,
      requests: refusals.requests,
      amount: refusals.amount,
      remaining: refusals.remaining,
      organization: { id: organizations.id, code: organizations.code, name: organizations.name },
      organizationText: refusals.organizationText,
      member: { id: members.id, name: members.name },
      memberEmail: refusals.memberEmail,
      membershipId: memberships.id,
      application: refusals.application,
      apiKey: { id: apiKeys.id, name: apiKeys.name },
      keyOrganizationId: apiKeys.organizationId,
    })
    .from(refusals)
    .leftJoin(organizations, eq(organizations.id, refusals.organizationId))
    .leftJoin(members, eq(members.id, refusals.memberId))
    .leftJoin(
      memberships,
      and(
        eq(memberships.memberId, refusals.memberId),
        eq(memberships.organizationId, refusals.organizationId),
        isNull(memberships.mergedIntoId),
      ),
    )
    .leftJoin(apiKeys, eq(apiKeys.id, refusals.apiKeyId))
    .where(inArray(refusals.id, ids))
    .all()
    .map(({ keyOrganizationId, ...row }) => ({
      ...row,
      // Somebody who is no member of the organization may be a stranger to the scope, and a key of the enterprise is one.
      member: isWhole(scope) || row.membershipId !== null ? row.member : null,
      apiKey: isWhole(scope) || reads(scope, keyOrganizationId ?? 0) ? row.apiKey : null,
    }));
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** A page of refusals, newest first; null where there is no further page. */
export type RefusalsPage = Omit<KeysetPage, "places"> & { items: RefusalItem[] };

/** One page of the view. */
export function listRefusals(
  filter: RefusalFilter,
  view: Pick<RefusalsView, "before" | "after">,
): RefusalsPage {
  const { places, older, newer } = keysetPage((walk) => placesOf(filter, walk), view, REFUSALS_PAGE_SIZE);
  return { items: itemsAt(filter.scope, places), older, newer };
}

/** The filter's newest rows. */
export function latestRefusals(filter: RefusalFilter, limit: number): RefusalItem[] {
  return itemsAt(filter.scope, placesOf(filter, { from: null, direction: "older", limit }));
}

/** How many requests were refused for one reason, and the latest row of these. */
export type ReasonCount = { code: string; requests: number; latest: RefusalItem };

/** The filter's newest rows by reason, the most frequent first; at most {@link COUNTED_ROWS} rows are counted. */
export function countByReason(filter: RefusalFilter): ReasonCount[] {
  const places = placesOf(filter, { from: null, direction: "older", limit: COUNTED_ROWS });
  const reasons = statement<{ code: string; requests: bigint; id: bigint }>(
    sql`SELECT code, sum(requests) AS requests, max(id) AS id FROM refusals
      WHERE id IN (SELECT value FROM json_each(${JSON.stringify(places.map(({ id }) => id))}))
      GROUP BY code ORDER BY 2 DESC, code`,
  ).all();
  const latest = itemsAt(
    filter.scope,
    reasons.map(({ id }) => ({ id: Number(id), at: 0 })),
  );
  return reasons.flatMap(({ code, requests }) => {
    const item = latest.find((one) => one.code === code);
    return item ? [{ code, requests: Number(requests), latest: item }] : [];
  });
}

/** The filter's rows, newest first, `size` at a time, without those that come after the start. */
export function* refusalPieces(filter: RefusalFilter, size: number): Generator<RefusalItem[]> {
  const upToId =
    database()
      .select({ id: max(refusals.id) })
      .from(refusals)
      .get()?.id ?? 0;
  for (const places of keysetPieces((walk) => placesOf(filter, { ...walk, upToId }), size)) {
    yield itemsAt(filter.scope, places);
  }
}

/** More rows than this are not counted. */
export const COUNTED_ROWS = 999;

/** How many rows the filter has, up to one more than {@link COUNTED_ROWS}. */
export function countRefusals(filter: RefusalFilter): number {
  return placesOf(filter, { from: null, direction: "older", limit: COUNTED_ROWS + 1 }).length;
}

import { type SQL, sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import type { Role } from "#lib/actor.ts";
import { openAlertsOfKinds } from "#lib/alerts/queries/list.ts";
import type { AlertItem } from "#lib/alerts/rules/item.ts";
import { DAY_MS } from "#lib/calendar.ts";
import { type OrganizationListItem, organizationsByIds } from "#lib/organizations/queries/organizations.ts";
import { isFew, isWhole, organizationsIn, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { suspendedEndpoints } from "#lib/webhooks/queries.ts";
import { ATTENTION_KINDS, type AttentionTopic, byTopic } from "./rules/attention.ts";

// What needs attention first: the open alerts, and the requests that were refused lately.

/** How many alerts of each kind are read, from which those about the same thing are then left out. */
const ALERTS_OF_A_KIND = 10;
/** Among how many of the newest refusals reasons are counted. */
const REFUSALS_READ = 2_000;
/** Among how many of those of few organizations, an equal number of each, so that one with many leaves room for others. */
const REFUSALS_OF_PART = 20_000;
const REFUSALS_SHOWN = 3;

/** Requests of one organization that were refused for one reason in the last 24 hours. */
export type Refused = { organization: OrganizationListItem | null; code: string; requests: number };

export type Attention = {
  /** The open alerts by topic, the most urgent topic first. */
  topics: { topic: AttentionTopic; alerts: AlertItem[] }[];
  refused: Refused[];
  /** The suspended webhook endpoints: nothing is sent to them. Only an owner sees them. */
  suspended: { id: number; name: string }[];
};

/** What needs a user's attention now. */
export function attentionOf(
  { id, scope, role = null }: { id: number; scope: Scope; role?: Role | null },
  now: Date,
): Attention {
  const alerts = openAlertsOfKinds(scope, ATTENTION_KINDS, ALERTS_OF_A_KIND, id);
  return {
    topics: byTopic(alerts),
    refused: refusedSince(scope, now.getTime() - DAY_MS),
    // Others cannot resume one.
    suspended: role === "owner" ? suspendedEndpoints() : [],
  };
}

/** The reasons for which most requests were refused since an instant, among the newest refusals. */
function refusedSince(scope: Scope, since: number): Refused[] {
  const rows = statement(
    sql`SELECT organization_id, code, sum(requests) FROM (${newestRefusals(scope, since)}) newest
      GROUP BY organization_id, code ORDER BY sum(requests) DESC, organization_id, code LIMIT ${REFUSALS_SHOWN}`,
  ).lists<[bigint | null, string, bigint]>();
  const organizations = organizationsByIds(
    scope,
    rows.flatMap(([id]) => (id === null ? [] : [Number(id)])),
  );
  return rows.map(([id, code, requests]) => ({
    organization: organizations.find((one) => one.id === Number(id)) ?? null,
    code,
    requests: Number(requests),
  }));
}

function newestRefusals(scope: Scope, since: number): SQL {
  const columns = sql`organization_id, code, requests`;
  if (!isWhole(scope) && isFew(scope)) {
    const equalPart = Math.floor(REFUSALS_OF_PART / Math.max(1, scope.organizationIds?.size ?? 0));
    const ofEach = Math.min(REFUSALS_READ, equalPart);
    return sql`SELECT ${columns} FROM ${organizationsIn(scope)} s CROSS JOIN refusals r NOT INDEXED ON r.id IN
      (SELECT id FROM refusals INDEXED BY refusals_organization
        WHERE organization_id = s.value AND at >= ${since} ORDER BY at DESC LIMIT ${ofEach})`;
  }
  const conditions = [sql`at >= ${since}`, ...scopeConditions(scope, sql`organization_id`)];
  return sql`SELECT ${columns} FROM refusals INDEXED BY refusals_at
    WHERE ${sql.join(conditions, sql` AND `)} ORDER BY at DESC LIMIT ${REFUSALS_READ}`;
}

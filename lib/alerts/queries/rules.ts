import { asc, eq, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { alertMutes, alertRules, alerts, organizations } from "#db/schema/index.ts";
import { reads, type Scope } from "#lib/scope/scope.ts";
import { type AlertKind, isAlertKind } from "../rules/kinds.ts";

/** A rule, as its page shows it. */
export type RuleItem = {
  id: number;
  kind: AlertKind;
  threshold: bigint;
  enabled: boolean;
  organization: { code: string; name: string } | null;
  tag: string | null;
  /** How many of its alerts are open or acknowledged. */
  unresolved: number;
};

/** More muted rules than this are not listed. */
const MUTED_RULES = 200;

const select = () =>
  database()
    .select({
      id: alertRules.id,
      kind: alertRules.kind,
      threshold: alertRules.threshold,
      enabled: alertRules.enabled,
      organizationId: alertRules.organizationId,
      organization: { code: organizations.code, name: organizations.name },
      tag: alertRules.tag,
      unresolved: sql<bigint>`(SELECT count(*) FROM ${alerts} INDEXED BY alerts_once WHERE ${alerts.ruleId} = ${alertRules.id} AND ${alerts.state} <> 'resolved')`,
    })
    .from(alertRules)
    .leftJoin(organizations, eq(organizations.id, alertRules.organizationId));

const itemOf = ({
  organizationId: _,
  ...row
}: Omit<RuleItem, "kind" | "unresolved"> & {
  kind: string;
  unresolved: bigint;
  organizationId: number | null;
}): RuleItem[] =>
  isAlertKind(row.kind) ? [{ ...row, kind: row.kind, unresolved: Number(row.unresolved) }] : [];

/** The rules of one page, in the order of their ids, after the rule with the id `after`. There are 2,000 at most. */
export function listRules({ after, limit }: { after: number; limit: number }): RuleItem[] {
  return select()
    .where(sql`${alertRules.id} > ${after}`)
    .orderBy(asc(alertRules.id))
    .limit(limit)
    .all()
    .flatMap(itemOf);
}

/** The rules that a user has muted and may still see, in the order of their ids. */
export function listMutedRules(portalUserId: number, scope: Scope): RuleItem[] {
  return select()
    .innerJoin(alertMutes, eq(alertMutes.ruleId, alertRules.id))
    .where(eq(alertMutes.portalUserId, portalUserId))
    .orderBy(asc(alertRules.id))
    .limit(MUTED_RULES)
    .all()
    .filter(({ organizationId }) => organizationId === null || reads(scope, organizationId))
    .flatMap(itemOf);
}

/** One rule; null if there is none. */
export function getRule(id: number): RuleItem | null {
  const row = select().where(eq(alertRules.id, id)).get();
  return (row && itemOf(row)[0]) ?? null;
}

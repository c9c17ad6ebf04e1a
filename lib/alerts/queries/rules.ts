import { asc, eq, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { alertMutes, alertRules, alerts, organizations } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { isWhole, organizationsIn, reads, type Scope } from "#lib/scope/scope.ts";
import { ALERT_KINDS, type AlertKind, isAlertKind } from "../rules/kinds.ts";

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

/**
 * Of these rules, those that somebody with this scope may know: of an organization in it, of a tag that one of them has, and
 * those for everything that watch organizations. Rules about pools, backups and access are for the whole enterprise.
 */
export function rulesInScope<
  Rule extends { kind: string; organizationId: number | null; tag: string | null },
>(scope: Scope, rules: readonly Rule[]): Rule[] {
  if (isWhole(scope)) return [...rules];
  const tags = rules.flatMap(({ tag }) => tag ?? []);
  const known = new Set(
    tags.length === 0
      ? []
      : statement<{ tag: string }>(
          sql`SELECT DISTINCT tag FROM organization_tags INDEXED BY organization_tags_tag
            WHERE tag IN (SELECT value FROM json_each(${JSON.stringify(tags)}))
            AND organization_id IN (SELECT value FROM ${organizationsIn(scope)})`,
        )
          .all()
          .map(({ tag }) => tag),
  );
  return rules.filter(({ kind, organizationId, tag }) => {
    if (!isAlertKind(kind) || !ALERT_KINDS[kind].scoped) return false;
    if (organizationId !== null) return reads(scope, organizationId);
    return tag === null || known.has(tag);
  });
}

/** The rules that a user has muted and may still see, in the order of their ids. */
export function listMutedRules(portalUserId: number, scope: Scope): RuleItem[] {
  const rows = select()
    .innerJoin(alertMutes, eq(alertMutes.ruleId, alertRules.id))
    .where(eq(alertMutes.portalUserId, portalUserId))
    .orderBy(asc(alertRules.id))
    .limit(MUTED_RULES)
    .all();
  return rulesInScope(scope, rows).flatMap(itemOf);
}

/** One rule; null if there is none. */
export function getRule(id: number): RuleItem | null {
  const row = select().where(eq(alertRules.id, id)).get();
  return (row && itemOf(row)[0]) ?? null;
}

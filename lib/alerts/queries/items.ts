import { eq, inArray, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { Reader } from "#db/client.ts";
import {
  alerts,
  apiKeys,
  auditEntries,
  creditTypes,
  members,
  memberships,
  organizations,
} from "#db/schema/index.ts";
import type { AlertItem } from "../rules/item.ts";
import { isAlertKind, type Resolution } from "../rules/kinds.ts";

/** The alerts with these ids, in the order of the ids. The caller has checked the scope. */
export function alertItems(reader: Reader, ids: readonly number[]): AlertItem[] {
  const organization = alias(organizations, "organization");
  const rows = reader
    .select({
      id: alerts.id,
      ruleId: alerts.ruleId,
      kind: alerts.kind,
      threshold: alerts.threshold,
      state: alerts.state,
      value: alerts.value,
      limit: alerts.limitValue,
      base: alerts.base,
      period: alerts.period,
      openedAt: alerts.openedAt,
      acknowledgedAt: alerts.acknowledgedAt,
      acknowledgedBy: alerts.acknowledgedBy,
      resolvedAt: alerts.resolvedAt,
      resolution: alerts.resolution,
      subject: sql<string>`${alerts.subjectKind} || ':' || ${alerts.subjectId}`,
      organization: { id: organization.id, code: organization.code, name: organization.name },
      creditType: { id: creditTypes.id, name: creditTypes.name },
      member: { id: members.id, name: members.name, email: members.email },
      membershipId: memberships.id,
      apiKey: { id: apiKeys.id, name: apiKeys.name },
      change: {
        entry: auditEntries.id,
        action: auditEntries.action,
        label: auditEntries.subjectLabel,
        actor: auditEntries.actorLabel,
      },
    })
    .from(alerts)
    .leftJoin(organization, eq(organization.id, alerts.organizationId))
    .leftJoin(
      creditTypes,
      sql`${alerts.subjectKind} = 'credit_type' AND ${creditTypes.id} = ${alerts.subjectId}`,
    )
    .leftJoin(
      memberships,
      sql`${alerts.subjectKind} = 'membership' AND ${memberships.id} = ${alerts.subjectId}`,
    )
    .leftJoin(members, eq(members.id, memberships.memberId))
    .leftJoin(apiKeys, sql`${alerts.subjectKind} = 'api_key' AND ${apiKeys.id} = ${alerts.subjectId}`)
    .leftJoin(auditEntries, sql`${alerts.kind} = 'access_changed' AND ${auditEntries.id} = ${alerts.period}`)
    .where(inArray(alerts.id, [...ids]))
    .all()
    .flatMap(({ membershipId, member, kind, resolution, ...row }) =>
      isAlertKind(kind)
        ? [
            {
              ...row,
              kind,
              resolution: resolution as Resolution | null,
              member: member && membershipId !== null ? { ...member, membershipId } : null,
            },
          ]
        : [],
    );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

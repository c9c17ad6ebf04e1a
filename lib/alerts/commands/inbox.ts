import { and, eq, inArray } from "drizzle-orm";
import { write } from "#db/client.ts";
import { alertMutes, alertRules, alerts } from "#db/schema/index.ts";
import { type Actor, ForbiddenError } from "#lib/actor.ts";
import { actorLabel, recordAudit } from "#lib/audit/commands.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertManages, assertRole, readsIn, scopeOfActor } from "#lib/scope/authorize.ts";
import { alertItems } from "../queries/items.ts";
import { rulesInScope } from "../queries/rules.ts";
import type { AcknowledgeInput, MuteInput } from "../rules/inputs.ts";
import { isAlertKind } from "../rules/kinds.ts";
import { ruleText, subjectText } from "../rules/words.ts";

/**
 * Acknowledges open alerts: somebody looks after them. Those who manage an organization may for its alerts, admins of the
 * enterprise for all. Alerts that are not open any more stay as they are.
 *
 * @returns how many were open
 */
export async function acknowledgeAlerts(
  { ids }: AcknowledgeInput,
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<{ changed: number }>> {
  return write((tx) => {
    const rows = tx
      .select({ id: alerts.id, organizationId: alerts.organizationId, state: alerts.state })
      .from(alerts)
      .where(inArray(alerts.id, [...new Set(ids)]))
      .orderBy(alerts.id)
      .all()
      .filter(({ organizationId }) => readsIn(tx, actor, organizationId));
    if (rows.length === 0) return refused("alert_not_found", "This alert does not exist.");
    if (rows.some(({ organizationId }) => organizationId === null)) assertRole(tx, actor, "admin");
    assertManages(tx, actor, new Set(rows.flatMap(({ organizationId }) => organizationId ?? [])));
    const open = rows.filter(({ state }) => state === "open");
    if (open.length === 0) return done({ changed: 0 });
    const openIds = open.map(({ id }) => id);
    tx.update(alerts)
      .set({ state: "acknowledged", acknowledgedAt: now, acknowledgedBy: actorLabel(actor) })
      .where(inArray(alerts.id, openIds))
      .run();
    const changes = alertItems(tx, openIds).map((item) => ({
      action: "alert.acknowledged" as const,
      subject: {
        kind: "alert" as const,
        id: item.id,
        label: `${subjectText(item)}: ${ruleText(item)}`,
        organizationId: item.organization?.id ?? null,
      },
      after: { status: "acknowledged" },
    }));
    recordAudit(tx, actor, changes, now);
    return done({ changed: open.length });
  });
}

/**
 * Hides the alerts of a rule from a user's list and count, or shows them again. This changes nothing for others, so that
 * the audit has no entry of it.
 */
export async function muteRule(
  { rule: id, muted }: MuteInput,
  actor: Actor,
): Promise<Result<{ rule: string }>> {
  if (actor.kind !== "portal_user") throw new ForbiddenError("viewer");
  return write((tx) => {
    const rule = tx.select().from(alertRules).where(eq(alertRules.id, id)).get();
    const isVisible = rule && rulesInScope(scopeOfActor(tx, actor), [rule]).length > 0;
    if (!isVisible || !isAlertKind(rule.kind)) {
      return refused("rule_not_found", "This rule does not exist any more.");
    }
    const row = { portalUserId: actor.id, ruleId: id };
    if (muted) tx.insert(alertMutes).values(row).onConflictDoNothing().run();
    else {
      tx.delete(alertMutes)
        .where(and(eq(alertMutes.portalUserId, actor.id), eq(alertMutes.ruleId, id)))
        .run();
    }
    return done({ rule: ruleText({ kind: rule.kind, threshold: rule.threshold }) });
  });
}

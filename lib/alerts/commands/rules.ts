import { and, count, eq, isNull, ne, sql } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { alertRules, alertState, alerts, organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { type AuditAction, type AuditValues, changesBetween } from "#lib/audit/rules.ts";
import { organizationIdOf } from "#lib/organization-codes/queries.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import {
  type CreateRuleInput,
  readThreshold,
  ruleFormValues,
  thresholdText,
  type UpdateRuleInput,
} from "../rules/inputs.ts";
import { type AlertKind, isAlertKind } from "../rules/kinds.ts";
import { ruleText } from "../rules/words.ts";

/** A portal has at most this number of rules, because a posting that crosses a limit reads those that apply. */
const RULES_MAX = 2_000;

type Rule = typeof alertRules.$inferSelect & { kind: AlertKind };

const unknownRule = () => refused<never>("rule_not_found", "This rule does not exist any more.");

function ruleOf(tx: Transaction, id: number): Rule | null {
  const row = tx.select().from(alertRules).where(eq(alertRules.id, id)).get();
  return row && isAlertKind(row.kind) ? { ...row, kind: row.kind } : null;
}

/** Another rule that watches the same: same kind, threshold and scope. */
function sameRule(tx: Transaction, rule: Omit<Rule, "enabled" | "createdAt">) {
  const { kind, threshold, organizationId, tag, id } = rule;
  return tx
    .select({ id: alertRules.id })
    .from(alertRules)
    .where(
      and(
        eq(alertRules.kind, kind),
        eq(alertRules.threshold, threshold),
        organizationId === null
          ? isNull(alertRules.organizationId)
          : eq(alertRules.organizationId, organizationId),
        tag === null ? isNull(alertRules.tag) : eq(alertRules.tag, tag),
        ne(alertRules.id, id),
      ),
    )
    .get();
}

const TAKEN = "There is a rule like this already.";

/**
 * To be called after each change of a rule, in its transaction: the limits of all organizations are out of date then,
 * and postings read the percentages of allowances again. With a rule about allowances that applies now, members are out
 * of date too.
 *
 * @param rules that are enabled now
 */
function renewRules(tx: Transaction, rules: readonly { kind: string }[]): void {
  const shares = tx
    .selectDistinct({ threshold: alertRules.threshold })
    .from(alertRules)
    .where(and(eq(alertRules.kind, "allowance_share"), eq(alertRules.enabled, true)))
    .orderBy(alertRules.threshold)
    .all()
    .map(({ threshold }) => Number(threshold));
  const next = sql`${alertState.version} + 1`;
  tx.update(alertState)
    .set({
      version: next,
      ...(rules.some(({ kind }) => kind === "allowance_share") && { allowancesVersion: next }),
      allowanceShares: JSON.stringify(shares),
    })
    .run();
}

/** Resolves the alerts of a rule that is switched off or removed. */
function endAlerts(tx: Transaction, ruleId: number, now: Date): void {
  tx.update(alerts)
    .set({ state: "resolved", resolvedAt: now, resolution: "rule_changed" })
    .where(and(eq(alerts.ruleId, ruleId), ne(alerts.state, "resolved")))
    .run();
}

function audit(
  tx: Transaction,
  actor: Actor,
  action: AuditAction,
  rule: Pick<Rule, "id" | "kind" | "threshold">,
  values: { before?: AuditValues; after?: AuditValues },
  now: Date,
): void {
  const subject = { kind: "alert_rule", id: rule.id, label: ruleText(rule) } as const;
  recordAudit(tx, actor, [{ action, subject, ...values }], now);
}

/** A rule as the audit has it. `organization` is the code. */
function auditedRule(
  { kind, threshold, enabled, tag }: Pick<Rule, "kind" | "threshold" | "enabled" | "tag">,
  organization: string | null,
): AuditValues {
  return {
    watches: kind,
    threshold: thresholdText(kind, threshold),
    status: enabled ? "active" : "inactive",
    organization,
    tag,
  };
}

/** Adds a rule about everything, an organization or a tag. Admins of the enterprise may. */
export async function createRule(
  { kind, threshold, organization, tag }: CreateRuleInput,
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<{ id: number; text: string }, "organization" | "threshold">> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    const rules = tx.select({ rows: count() }).from(alertRules).get()?.rows ?? 0;
    if (rules >= RULES_MAX) {
      return refused("too_many_rules", `There are ${RULES_MAX} rules already. Remove one first.`);
    }
    const organizationId = organization === null ? null : organizationIdOf(tx, organization);
    if (organization !== null && organizationId === null) {
      return refused(
        "organization_not_found",
        `There is no organization with the code ${organization}.`,
        "organization",
      );
    }
    const row = { kind, threshold, organizationId, tag };
    if (sameRule(tx, { ...row, id: 0 })) return refused("rule_exists", TAKEN, "threshold");
    const { id } = tx
      .insert(alertRules)
      .values({ ...row, enabled: true, createdAt: now })
      .returning({ id: alertRules.id })
      .get();
    renewRules(tx, [row]);
    const code =
      organizationId === null
        ? null
        : (tx
            .select({ code: organizations.code })
            .from(organizations)
            .where(eq(organizations.id, organizationId))
            .get()?.code ?? null);
    const after = auditedRule({ ...row, enabled: true }, code);
    audit(tx, actor, "alert_rule.created", { id, kind, threshold }, { after }, now);
    return done({ id, text: ruleText({ kind, threshold }) });
  });
}

/**
 * Changes the threshold of a rule, or switches it on or off. With the `original` values of a form it refuses to overwrite
 * a change made since. Open alerts of a rule that is switched off are resolved.
 *
 * @returns `changed`: false where it was so already.
 */
export async function updateRule(
  { id, threshold, enabled }: UpdateRuleInput,
  actor: Actor,
  original?: OriginalValues,
  now: Date = new Date(),
): Promise<Result<{ changed: boolean }, "threshold">> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    const rule = ruleOf(tx, id);
    if (!rule) return unknownRule();
    const read = readThreshold(rule.kind, threshold);
    if (!read.ok) return refused("invalid_threshold", read.message, "threshold");
    const next = { ...rule, threshold: read.value, enabled: enabled === "on" };
    if (next.threshold === rule.threshold && next.enabled === rule.enabled) return done({ changed: false });
    const stale = staleEdit(original, ruleFormValues(rule));
    if (stale) return stale;
    if (sameRule(tx, next)) return refused("rule_exists", TAKEN, "threshold");
    tx.update(alertRules)
      .set({ threshold: next.threshold, enabled: next.enabled })
      .where(eq(alertRules.id, id))
      .run();
    if (!next.enabled) endAlerts(tx, id, now);
    renewRules(tx, next.enabled ? [next] : []);
    const changes = changesBetween(auditedRule(rule, null), auditedRule(next, null));
    audit(tx, actor, "alert_rule.updated", next, changes ?? {}, now);
    return done({ changed: true });
  });
}

/** Removes a rule. Its open alerts are resolved, and all of its alerts stay in the list. */
export async function removeRule(
  { id }: { id: number },
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<{ text: string }>> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    const rule = ruleOf(tx, id);
    if (!rule) return unknownRule();
    endAlerts(tx, id, now);
    tx.delete(alertRules).where(eq(alertRules.id, id)).run();
    renewRules(tx, []);
    const code =
      rule.organizationId === null
        ? null
        : (tx
            .select({ code: organizations.code })
            .from(organizations)
            .where(eq(organizations.id, rule.organizationId))
            .get()?.code ?? null);
    audit(tx, actor, "alert_rule.removed", rule, { before: auditedRule(rule, code) }, now);
    return done({ text: ruleText(rule) });
  });
}

/**
 * The rules for a tag follow it to its new name. One that is there already under the new name is kept, and the other
 * removed. To be called in the transaction that renames the tag.
 */
export function renameTagInRules(tx: Transaction, tag: string, to: string, actor: Actor, now: Date): void {
  const rows = tx.select().from(alertRules).where(eq(alertRules.tag, tag)).all();
  for (const row of rows) {
    if (!isAlertKind(row.kind)) continue;
    const rule = { ...row, kind: row.kind };
    if (sameRule(tx, { ...rule, tag: to })) {
      endAlerts(tx, rule.id, now);
      tx.delete(alertRules).where(eq(alertRules.id, rule.id)).run();
      audit(tx, actor, "alert_rule.removed", rule, { before: auditedRule(rule, null) }, now);
    } else {
      tx.update(alertRules).set({ tag: to }).where(eq(alertRules.id, rule.id)).run();
      audit(tx, actor, "alert_rule.updated", rule, { before: { tag }, after: { tag: to } }, now);
    }
  }
  if (rows.length > 0) {
    renewRules(
      tx,
      rows.filter(({ enabled }) => enabled),
    );
  }
}

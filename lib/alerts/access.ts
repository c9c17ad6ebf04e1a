import { and, eq, isNull } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { alertRules, alerts, portalUsers } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import type { AuditAction } from "#lib/audit/rules.ts";
import { emailKey } from "#lib/email.ts";
import { announce } from "./announce.ts";

/** The changes of access that open an alert. */
const ACCESS_ACTIONS: readonly AuditAction[] = [
  "portal_user.role_changed",
  "portal_user.disabled",
  "portal_user.enabled",
  "grant.added",
  "grant.updated",
  "grant.removed",
];

/**
 * Those that open one if a portal user has made them: nobody else may know of an account that somebody has added. The
 * command line and single sign-on add accounts as they are told.
 */
const ACCOUNT_ACTIONS: readonly AuditAction[] = ["portal_user.created", "portal_user.invited"];

/** An audit entry that was just written. `label` is the email of the user. */
type Entry = { id: number; action: AuditAction; actorKind: Actor["kind"]; label: string };

/**
 * Opens an alert for each new account, each one that is disabled or enabled, and each change of a role or a grant, in the
 * transaction that has recorded it.
 */
export function noteAccessChanges(tx: Transaction, entries: readonly Entry[], now: Date): void {
  const changes = entries.filter(
    ({ action, actorKind }) =>
      ACCESS_ACTIONS.includes(action) || (actorKind === "portal_user" && ACCOUNT_ACTIONS.includes(action)),
  );
  if (changes.length === 0) return;
  const rules = tx
    .select({ id: alertRules.id })
    .from(alertRules)
    .where(
      and(
        eq(alertRules.kind, "access_changed"),
        eq(alertRules.enabled, true),
        isNull(alertRules.organizationId),
        isNull(alertRules.tag),
      ),
    )
    .all();
  const opened: { id: number }[] = [];
  for (const rule of rules) {
    for (const { id: period, label } of changes) {
      const user = tx
        .select({ id: portalUsers.id })
        .from(portalUsers)
        .where(eq(portalUsers.emailKey, emailKey(label)))
        .get();
      opened.push(
        tx
          .insert(alerts)
          .values({
            ruleId: rule.id,
            kind: "access_changed",
            threshold: 0n,
            subjectKind: "portal_user",
            subjectId: user?.id ?? 0,
            organizationId: null,
            period,
            state: "open",
            value: 0n,
            openedAt: now,
            announced: false,
          })
          .returning({ id: alerts.id })
          .get(),
      );
    }
  }
  announce(tx, opened, now);
}

import { and, eq, isNull } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { alertRules, alerts, portalUsers } from "#db/schema/index.ts";
import type { AuditAction } from "#lib/audit/rules.ts";
import { emailKey } from "#lib/email.ts";
import { announce } from "./announce.ts";

/** The changes of access that open an alert. */
const ACCESS_ACTIONS: readonly AuditAction[] = [
  "portal_user.role_changed",
  "grant.added",
  "grant.updated",
  "grant.removed",
];

/** An audit entry that was just written. `label` is the e-mail of the user. */
type Entry = { id: number; action: AuditAction; label: string };

/** Opens an alert for each change of a role or a grant, in the transaction that has recorded it. */
export function noteAccessChanges(tx: Transaction, entries: readonly Entry[], now: Date): void {
  const changes = entries.filter(({ action }) => ACCESS_ACTIONS.includes(action));
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

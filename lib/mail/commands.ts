import { and, eq, isNull } from "drizzle-orm";
import { write } from "#db/client.ts";
import { mailRecipients, portalUsers } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { changesBetween } from "#lib/audit/rules.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { enterpriseRoleOf } from "#lib/scope/scope.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import {
  defaultPreference,
  type MailPreference,
  type MailPreferenceInput,
  preferenceFormValues,
} from "./rules/preferences.ts";

const auditedPreference = ({ events, frequency }: MailPreference) => ({
  eventNames: events.join(" "),
  mailFrequency: frequency,
});

/**
 * Sets what a portal user gets by mail. With the `original` values of a form it refuses to overwrite a change made since.
 *
 * @returns `changed`: false where it was so already
 */
export async function setMailPreference(
  { portalUser: id, events, frequency }: MailPreferenceInput,
  actor: Actor,
  original?: OriginalValues,
): Promise<Result<{ email: string; changed: boolean }>> {
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const user = tx
      .select({ id: portalUsers.id, email: portalUsers.email })
      .from(portalUsers)
      .where(and(eq(portalUsers.id, id), isNull(portalUsers.disabledAt)))
      .get();
    if (!user) return refused("portal_user_not_found", "This portal user does not exist.");
    const row = tx.select().from(mailRecipients).where(eq(mailRecipients.portalUserId, id)).get();
    const present: MailPreference = row
      ? { events: JSON.parse(row.events), frequency: row.frequency }
      : defaultPreference(enterpriseRoleOf(id, tx));
    const next: MailPreference = { events, frequency };
    const changes = changesBetween(auditedPreference(present), auditedPreference(next));
    if (!changes) return done({ email: user.email, changed: false });
    const stale = staleEdit(original, preferenceFormValues(present));
    if (stale) return stale;
    const values = { events: JSON.stringify(events), frequency };
    tx.insert(mailRecipients)
      .values({ portalUserId: id, ...values })
      .onConflictDoUpdate({ target: mailRecipients.portalUserId, set: values })
      .run();
    recordAudit(tx, actor, [
      {
        action: "mail_preference.updated",
        subject: { kind: "portal_user", id, label: user.email },
        ...changes,
      },
    ]);
    return done({ email: user.email, changed: true });
  });
}

import { write } from "#db/client.ts";
import { settings } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { changesBetween } from "#lib/audit/rules.ts";
import { done, type Result } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import { readSecondFactorPolicy } from "../queries.ts";
import { type SecondFactorPolicy, secondFactorPolicyFormValues } from "../rules.ts";

/**
 * Changes whether a second factor is required and what asks again. It counts from the next request on, in sessions that
 * have begun too. With the `original` values of a form it refuses to overwrite a change made since.
 *
 * @returns `changed`: false where everything was so already.
 */
export async function updateSecondFactorPolicy(
  input: SecondFactorPolicy,
  actor: Actor,
  original?: OriginalValues,
): Promise<Result<{ changed: boolean }>> {
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const current = secondFactorPolicyFormValues(readSecondFactorPolicy(tx));
    const changes = changesBetween(current, secondFactorPolicyFormValues(input));
    if (!changes) return done({ changed: false });
    const stale = staleEdit(original, current);
    if (stale) return stale;
    const { requireSecondFactor, askAgainAbove } = input;
    tx.update(settings).set({ requireSecondFactor, askAgainAbove, updatedAt: new Date() }).run();
    recordAudit(tx, actor, [
      { action: "settings.updated", subject: { kind: "settings", id: 1, label: "Settings" }, ...changes },
    ]);
    return done({ changed: true });
  });
}

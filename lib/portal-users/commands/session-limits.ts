import { not } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { portalSessions, settings } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { changesBetween } from "#lib/audit/rules.ts";
import { done, type Result } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import { isLive, readSessionLimits } from "../session-queries.ts";
import {
  limitsOf,
  type SessionLimits,
  type SessionLimitsInput,
  sessionLimitsFormValues,
} from "../session-rules.ts";

/** Deletes the sessions that have ended by these limits. */
export function deleteEndedSessions(tx: Transaction, limits: SessionLimits, now: Date): void {
  const live = isLive(limits, now);
  if (live) tx.delete(portalSessions).where(not(live)).run();
}

/**
 * Changes how long sessions last, those that have begun too. Sessions that ended by the limits before are deleted, so
 * that longer limits bring none back. With the `original` values of a form it refuses to overwrite a change made since.
 *
 * @returns `changed`: false where everything was so already.
 */
export async function updateSessionLimits(
  input: SessionLimitsInput,
  actor: Actor,
  original?: OriginalValues,
): Promise<Result<{ changed: boolean }>> {
  const limits = limitsOf(input);
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const before = readSessionLimits(tx);
    const current = sessionLimitsFormValues(before);
    const changes = changesBetween(current, sessionLimitsFormValues(limits));
    if (!changes) return done({ changed: false });
    const stale = staleEdit(original, current);
    if (stale) return stale;
    const now = new Date();
    deleteEndedSessions(tx, before, now);
    tx.update(settings)
      .set({
        sessionMinutes: limits.lifetimeMinutes,
        sessionIdleMinutes: limits.idleMinutes,
        updatedAt: now,
      })
      .run();
    deleteEndedSessions(tx, limits, now);
    recordAudit(tx, actor, [
      { action: "settings.updated", subject: { kind: "settings", id: 1, label: "Settings" }, ...changes },
    ]);
    return done({ changed: true });
  });
}

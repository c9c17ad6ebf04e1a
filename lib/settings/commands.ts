import { type Transaction, write } from "#db/client.ts";
import { settings } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { changesBetween } from "#lib/audit/rules.ts";
import { done, type Result } from "#lib/result.ts";
import { moveSpendingDays } from "#lib/runway/commands.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import { dayOf } from "#lib/time.ts";
import { readSettings } from "./queries.ts";
import { type SettingsInput, settingsFormValues } from "./rules.ts";

/**
 * Writes settings and what changed, in the caller's transaction.
 *
 * @returns whether anything changed.
 */
export function applySettings(
  tx: Transaction,
  input: SettingsInput,
  actor: Actor,
  at: Date = new Date(),
): boolean {
  const values = settingsFormValues(input);
  const changes = changesBetween(settingsFormValues(readSettings(tx)), values);
  if (!changes) return false;
  tx.update(settings)
    .set({ ...values, updatedAt: at })
    .run();
  // In another time zone, today may be another day.
  moveSpendingDays(tx, dayOf(at, input.timeZone));
  recordAudit(
    tx,
    actor,
    [{ action: "settings.updated", subject: { kind: "settings", id: 1, label: "Settings" }, ...changes }],
    at,
  );
  return true;
}

/**
 * Changes the enterprise's name, time zone and date format. With the `original` values of a form it refuses to
 * overwrite a change made since.
 *
 * @returns `changed`: false where everything was so already.
 */
export async function updateSettings(
  input: SettingsInput,
  actor: Actor,
  original?: OriginalValues,
): Promise<Result<{ changed: boolean }>> {
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const current = settingsFormValues(readSettings(tx));
    if (!changesBetween(current, settingsFormValues(input))) return done({ changed: false });
    return staleEdit(original, current) ?? done({ changed: applySettings(tx, input, actor) });
  });
}

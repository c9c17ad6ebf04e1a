import { type Transaction, write } from "#db/client.ts";
import { settings } from "#db/schema/index.ts";
import { type Actor, assertRole } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { changesBetween } from "#lib/audit/rules.ts";
import { done, type Result } from "#lib/result.ts";
import type { SettingsInput } from "./rules.ts";

/** Writes settings and what changed, in the caller's transaction. */
export function applySettings(
  tx: Transaction,
  input: SettingsInput,
  actor: Actor,
  at: Date = new Date(),
): void {
  const old = tx.select().from(settings).get();
  const { enterpriseName, timeZone, dateFormat } = input;
  const changes = changesBetween(old ?? {}, { enterpriseName, timeZone, dateFormat });
  if (!changes) return;
  tx.update(settings).set({ enterpriseName, timeZone, dateFormat, updatedAt: at }).run();
  recordAudit(
    tx,
    actor,
    [{ action: "settings.updated", subject: { kind: "settings", id: 1, label: "Settings" }, ...changes }],
    at,
  );
}

/** Changes the enterprise's name, time zone and date format. */
export async function updateSettings(input: SettingsInput, actor: Actor): Promise<Result<null>> {
  assertRole(actor, "owner");
  return write((tx) => {
    applySettings(tx, input, actor);
    return done(null);
  });
}

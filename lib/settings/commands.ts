import { type Transaction, write } from "#db/client.ts";
import { settings } from "#db/schema/index.ts";
import { type Actor, assertRole } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { done, type Result } from "#lib/result.ts";
import type { SettingsInput } from "./rules.ts";

/** Writes settings and what changed, in the caller's transaction. */
export function applySettings(tx: Transaction, input: SettingsInput, actor: Actor): void {
  const old = tx.select().from(settings).get();
  const before: Record<string, unknown> = {};
  const after: Record<string, unknown> = {};
  for (const field of ["enterpriseName", "timeZone", "dateFormat"] as const) {
    if (old?.[field] === input[field]) continue;
    before[field] = old?.[field];
    after[field] = input[field];
  }
  if (Object.keys(after).length === 0) return;
  const { enterpriseName, timeZone, dateFormat } = input;
  tx.update(settings).set({ enterpriseName, timeZone, dateFormat, updatedAt: new Date() }).run();
  recordAudit(tx, actor, [
    { action: "settings.updated", subject: { kind: "settings", id: 1, label: "Settings" }, before, after },
  ]);
}

/** Changes the enterprise's name, time zone and date format. */
export async function updateSettings(input: SettingsInput, actor: Actor): Promise<Result<null>> {
  assertRole(actor, "owner");
  return write((tx) => {
    applySettings(tx, input, actor);
    return done(null);
  });
}

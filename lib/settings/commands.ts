import { write } from "#db/client.ts";
import { settings } from "#db/schema/index.ts";
import { type Actor, assertRole } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { done, type Result } from "#lib/result.ts";
import type { SettingsInput } from "./rules.ts";

/** Changes the enterprise's name, time zone and date format. */
export async function updateSettings(input: SettingsInput, actor: Actor): Promise<Result<null>> {
  assertRole(actor, "owner");
  return write((tx) => {
    const old = tx.select().from(settings).get();
    const before: Record<string, unknown> = {};
    const after: Record<string, unknown> = {};
    for (const field of ["enterpriseName", "timeZone", "dateFormat"] as const) {
      if (old?.[field] === input[field]) continue;
      before[field] = old?.[field];
      after[field] = input[field];
    }
    if (Object.keys(after).length === 0) return done(null);
    tx.update(settings)
      .set({ ...input, updatedAt: new Date() })
      .run();
    recordAudit(tx, actor, [
      { action: "settings.updated", subject: { kind: "settings", id: 1, label: "Settings" }, before, after },
    ]);
    return done(null);
  });
}

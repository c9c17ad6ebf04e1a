import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { type Database, database, write } from "#db/client.ts";
import { refusals, settings } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { changesBetween } from "#lib/audit/rules.ts";
import { done, type Result } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import { readRefusalDays } from "../queries/retention.ts";
import { type RetentionInput, retentionFormValues } from "../rules.ts";

const DAY_MS = 24 * 3_600_000;
const ROWS_A_PIECE = 1_000;
/** Other writes get the lock between two pieces. */
const PAUSE_MS = 20;

/**
 * Changes how long refusals are kept. Those that are older are deleted with the next daily tidying. With the `original`
 * values of a form it refuses to overwrite a change made since.
 *
 * @returns `changed`: false where it was so already.
 */
export async function updateRefusalRetention(
  input: RetentionInput,
  actor: Actor,
  original?: OriginalValues,
): Promise<Result<{ changed: boolean }>> {
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const current = retentionFormValues({ refusalDays: readRefusalDays(tx) });
    const changes = changesBetween(current, retentionFormValues(input));
    if (!changes) return done({ changed: false });
    const stale = staleEdit(original, current);
    if (stale) return stale;
    tx.update(settings).set({ refusalDays: input.refusalDays, updatedAt: new Date() }).run();
    recordAudit(tx, actor, [
      { action: "settings.updated", subject: { kind: "settings", id: 1, label: "Settings" }, ...changes },
    ]);
    return done({ changed: true });
  });
}

/** Deletes the refusals that are older than the setting allows, in pieces. @returns how many. */
export async function deleteOldRefusals(now = new Date(), db: Database = database()): Promise<number> {
  const before = now.getTime() - readRefusalDays(db) * DAY_MS;
  const oldest = sql`SELECT id FROM refusals WHERE at < ${before} ORDER BY at LIMIT ${ROWS_A_PIECE}`;
  for (let deleted = 0; ; ) {
    const { changes } = await write(
      (tx) => tx.delete(refusals).where(sql`${refusals.id} IN (${oldest})`).run(),
      db,
    );
    deleted += changes;
    if (changes < ROWS_A_PIECE) return deleted;
    await sleep(PAUSE_MS);
  }
}

import { and, eq, inArray } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { done, type Result } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { addToCounters } from "./insert.ts";

/**
 * Activates or deactivates organizations in one transaction; leaves alone those that have the status already.
 *
 * @returns how many changed.
 */
export async function changeOrganizationsActive(
  ids: readonly number[],
  active: boolean,
  actor: Actor,
): Promise<Result<{ changed: number }>> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    return done({ changed: changeOrganizationsActiveIn(tx, ids, active, actor) });
  });
}

/** {@link changeOrganizationsActive} in the transaction of the caller, who has checked the role. */
export function changeOrganizationsActiveIn(
  tx: Transaction,
  ids: readonly number[],
  active: boolean,
  actor: Actor,
  at: Date = new Date(),
): number {
  let changed = 0;
  // SQLite takes at most 32,766 parameters a statement.
  for (let start = 0; start < ids.length; start += 10_000) {
    const rows = tx
      .update(organizations)
      .set({ active })
      .where(
        and(inArray(organizations.id, ids.slice(start, start + 10_000)), eq(organizations.active, !active)),
      )
      .returning({
        id: organizations.id,
        code: organizations.code,
        creditTypeId: organizations.creditTypeId,
      })
      .all();
    const counts = new Map<number, number>();
    for (const row of rows) counts.set(row.creditTypeId, (counts.get(row.creditTypeId) ?? 0) + 1);
    for (const [creditTypeId, count] of counts) {
      addToCounters(tx, creditTypeId, { all: 0, active: active ? count : -count });
    }
    recordAudit(
      tx,
      actor,
      rows.map((row) => ({
        action: active ? "organization.activated" : "organization.deactivated",
        subject: { kind: "organization", id: row.id, label: row.code },
        before: { status: active ? "inactive" : "active" },
        after: { status: active ? "active" : "inactive" },
      })),
      at,
    );
    changed += rows.length;
  }
  return changed;
}

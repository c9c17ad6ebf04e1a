import { and, eq, inArray } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { asBatch, tooMany } from "#lib/bulk/record.ts";
import { BATCH_MAX } from "#lib/bulk/rules/batches.ts";
import { done, type Result } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { addToCounters } from "./insert.ts";

/**
 * Activates or deactivates organizations in one transaction; leaves alone those that have the status already.
 *
 * Refuses more than one batch can have.
 *
 * @param batch the id of the request that makes the change a batch, which can be reversed; null for none
 * @returns how many changed, and the batch.
 */
export async function changeOrganizationsActive(
  ids: readonly number[],
  active: boolean,
  actor: Actor,
  batch: string | null = null,
  at: Date = new Date(),
): Promise<Result<{ changed: number; batch: number | null }>> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    if (ids.length > BATCH_MAX) return tooMany();
    const change = () => changeOrganizationsActiveIn(tx, ids, active, actor, at);
    if (batch === null) return done({ changed: change(), batch: null });
    return asBatch(
      tx,
      { kind: "status", id: batch, content: [active ? 1 : 0, ids.join(",")] },
      actor,
      at,
      change,
    );
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

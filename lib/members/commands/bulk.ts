import { eq, sql } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { memberships } from "#db/schema/index.ts";
import { type Actor, OutsideScopeError } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { previewOfChanges } from "#lib/bulk/preview.ts";
import { type BatchReceipt, recordAsBatch, repeatOfBatch, stalePreview, tooMany } from "#lib/bulk/record.ts";
import { BATCH_MAX } from "#lib/bulk/rules/batches.ts";
import type { BulkRequest } from "#lib/bulk/rules/changes.ts";
import { requestHash } from "#lib/ledger/commands/requests.ts";
import { type Result, refused } from "#lib/result.ts";
import { assertManages, scopeOfActor } from "#lib/scope/authorize.ts";
import { reads } from "#lib/scope/scope.ts";
import { type MembershipLine, membershipLines } from "../bulk-queries.ts";
import { allowanceCell, type MemberRole, type MembershipField, membershipChange } from "../rules.ts";

/** A membership whose role or allowance changes, as the audit trail writes the value. */
export type MembershipChange = Pick<MembershipLine, "id" | "email" | "code" | "organizationId"> & {
  before: string | null;
  after: string | null;
};

/**
 * Sets the role or the monthly allowance of memberships in organizations that the actor manages, in one transaction and as
 * one batch. Those that have it already stay as they are.
 *
 * @param to the value as the audit trail writes it; for an allowance "" is the organization's, and "unlimited" is none
 */
export async function changeMemberships(
  { ids, field, to, requestId, selection, expected }: BulkRequest & { field: MembershipField; to: string },
  actor: Actor,
  at: Date = new Date(),
): Promise<Result<BatchReceipt>> {
  return write((tx) => {
    const scope = scopeOfActor(tx, actor);
    // Those outside the scope do not exist for the actor.
    const lines = membershipLines([...new Set(ids)]).filter(({ organizationId }) =>
      reads(scope, organizationId),
    );
    if (lines.length === 0) throw new OutsideScopeError();
    assertManages(tx, actor, new Set(lines.map(({ organizationId }) => organizationId)));
    const request = { id: requestId, hash: requestHash([field, to, selection]) };
    const repeat = repeatOfBatch(tx, request);
    if (repeat) return repeat;
    if (lines.length > BATCH_MAX) return tooMany();
    const changes = lines
      .map((line) => membershipChange(line, field, to))
      .filter((line) => line.before !== line.after);
    if (changes.length === 0) return refused("nothing_to_change", "Nothing to change: all have it already.");
    if (expected !== null && previewOfChanges(changes) !== expected) return stalePreview();
    return recordAsBatch(tx, { kind: `member_${field}`, request }, actor, at, () =>
      changeMembershipsIn(tx, field, changes, actor, at),
    );
  });
}

/** Sets roles or allowances in the transaction of the caller, who has checked the rights. @returns how many. */
export function changeMembershipsIn(
  tx: Transaction,
  field: MembershipField,
  changes: readonly MembershipChange[],
  actor: Actor,
  at: Date,
): number {
  const byId = eq(memberships.id, sql.placeholder("id"));
  const setRole = tx
    .update(memberships)
    .set({ role: sql`${sql.placeholder("role")}` })
    .where(byId)
    .prepare();
  const setAllowance = tx
    .update(memberships)
    .set({
      allowance: sql`${sql.placeholder("allowance")}`,
      monthlyAllowance: sql`${sql.placeholder("monthlyAllowance")}`,
    })
    .where(byId)
    .prepare();
  for (const { id, after } of changes) {
    if (field === "role") setRole.run({ id, role: after as MemberRole });
    else setAllowance.run({ id, ...allowanceCell.parse(after ?? "") });
  }
  const name = field === "role" ? "role" : "monthlyAllowance";
  recordAudit(
    tx,
    actor,
    changes.map(({ id, email, code, organizationId, before, after }) => ({
      action: "membership.updated",
      subject: { kind: "membership", id, label: `${email} in ${code}`, organizationId },
      before: { [name]: before },
      after: { [name]: after },
    })),
    at,
  );
  return changes.length;
}

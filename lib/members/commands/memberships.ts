import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { members, memberships, organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recheckMembership } from "#lib/alerts/allowances.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { changesBetween } from "#lib/audit/rules.ts";
import { asBatch } from "#lib/bulk/record.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertManages, readsIn, scopeOfActor } from "#lib/scope/authorize.ts";
import { reads } from "#lib/scope/scope.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import { allowanceText, membershipFormValues, type UpdateMembershipInput } from "../rules.ts";

const value = sql.placeholder;

/**
 * Changes a membership's role and allowance, which the next spend must fit. With the `original` values of a form it
 * refuses to overwrite a change made since.
 *
 * @returns `changed`: false where everything was so already.
 */
export async function updateMembership(
  input: UpdateMembershipInput,
  actor: Actor,
  original?: OriginalValues,
): Promise<Result<{ name: string; organization: string; changed: boolean }>> {
  return write((tx) => {
    const old = tx
      .select({
        role: memberships.role,
        allowance: memberships.allowance,
        monthlyAllowance: memberships.monthlyAllowance,
        name: members.name,
        email: members.email,
        organizationId: memberships.organizationId,
        organization: organizations.code,
        mergedIntoId: memberships.mergedIntoId,
      })
      .from(memberships)
      .innerJoin(members, eq(members.id, memberships.memberId))
      .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
      .where(eq(memberships.id, input.id))
      .get();
    if (!old || !readsIn(tx, actor, old.organizationId)) {
      return refused("membership_not_found", "This membership does not exist.");
    }
    assertManages(tx, actor, [old.organizationId]);
    const { name, organization } = old;
    if (old.mergedIntoId !== null) {
      return refused("membership_merged", `This membership was merged into another one of ${name}.`);
    }
    const changes = changesBetween(
      { role: old.role, monthlyAllowance: allowanceText(old) },
      { role: input.role, monthlyAllowance: allowanceText(input) },
    );
    if (!changes) return done({ name, organization, changed: false });
    const stale = staleEdit(original, membershipFormValues(old));
    if (stale) return stale;
    tx.update(memberships)
      .set({ role: input.role, allowance: input.allowance, monthlyAllowance: input.monthlyAllowance })
      .where(eq(memberships.id, input.id))
      .run();
    recordAudit(tx, actor, [
      {
        action: "membership.updated",
        subject: {
          kind: "membership",
          id: input.id,
          label: `${old.email} in ${old.organization}`,
          organizationId: old.organizationId,
        },
        ...changes,
      },
    ]);
    recheckMembership(tx, input.id);
    return done({ name, organization, changed: true });
  });
}

/** SQLite takes at most 32,766 parameters a statement. */
const IDS_A_STATEMENT = 10_000;

/**
 * Checks that the actor manages the organizations of these memberships.
 *
 * @returns those that the actor may read; the others do not exist for the actor
 * @throws ForbiddenError
 */
function managedMemberships(tx: Transaction, ids: readonly number[], actor: Actor): readonly number[] {
  const scope = scopeOfActor(tx, actor);
  if (scope.managedIds === null) return ids;
  const readable: number[] = [];
  const organizationIds = new Set<number>();
  for (let start = 0; start < ids.length; start += IDS_A_STATEMENT) {
    const rows = tx
      .select({ id: memberships.id, organizationId: memberships.organizationId })
      .from(memberships)
      .where(inArray(memberships.id, ids.slice(start, start + IDS_A_STATEMENT)))
      .all();
    for (const { id, organizationId } of rows) {
      if (!reads(scope, organizationId)) continue;
      readable.push(id);
      organizationIds.add(organizationId);
    }
  }
  assertManages(tx, actor, organizationIds);
  return readable;
}

/**
 * Activates or deactivates memberships in one transaction; leaves alone those that have the status already.
 *
 * @param batch the id of the request that makes the change a batch, which can be reversed; null for none
 * @returns how many changed, and the batch.
 */
export async function changeMembershipsActive(
  ids: readonly number[],
  active: boolean,
  actor: Actor,
  batch: string | null = null,
  at: Date = new Date(),
): Promise<Result<{ changed: number; batch: number | null }>> {
  return write((tx) => {
    const managed = managedMemberships(tx, ids, actor);
    if (managed.length === 0 && ids.length > 0) {
      return refused("membership_not_found", "These memberships do not exist.");
    }
    const change = () => changeMembershipsActiveIn(tx, managed, active, actor, at);
    if (batch === null) return done({ changed: change(), batch: null });
    return asBatch(
      tx,
      { kind: "member_status", id: batch, content: [active ? 1 : 0, ids.join(",")] },
      actor,
      at,
      change,
    );
  });
}

/** {@link changeMembershipsActive} in the transaction of the caller, who has checked the role. */
export function changeMembershipsActiveIn(
  tx: Transaction,
  ids: readonly number[],
  active: boolean,
  actor: Actor,
  at: Date = new Date(),
): number {
  const labels = tx
    .select({ email: members.email, code: organizations.code })
    .from(memberships)
    .innerJoin(members, eq(members.id, memberships.memberId))
    .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
    .where(eq(memberships.id, value("id")))
    .prepare();
  const countForMember = tx
    .update(members)
    .set({ activeMemberships: sql`${members.activeMemberships} + ${active ? 1 : -1}` })
    .where(eq(members.id, value("id")))
    .prepare();
  let changed = 0;
  for (let start = 0; start < ids.length; start += IDS_A_STATEMENT) {
    const rows = tx
      .update(memberships)
      .set({ active })
      .where(
        and(
          inArray(memberships.id, ids.slice(start, start + IDS_A_STATEMENT)),
          eq(memberships.active, !active),
          isNull(memberships.mergedIntoId),
        ),
      )
      .returning({
        id: memberships.id,
        memberId: memberships.memberId,
        organizationId: memberships.organizationId,
      })
      .all();
    for (const row of rows) countForMember.run({ id: row.memberId });
    recordAudit(
      tx,
      actor,
      rows.map(({ id, organizationId }) => {
        const label = labels.get({ id });
        return {
          action: active ? "membership.activated" : "membership.deactivated",
          subject: {
            kind: "membership",
            id,
            label: `${label?.email} in ${label?.code}`,
            organizationId,
          },
          before: { status: active ? "inactive" : "active" },
          after: { status: active ? "active" : "inactive" },
        };
      }),
      at,
    );
    changed += rows.length;
  }
  return changed;
}

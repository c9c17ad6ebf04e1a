import { eq, sql } from "drizzle-orm";
import { type Reader, type Transaction, write } from "#db/client.ts";
import {
  creditTypes,
  ledgerEntries,
  memberAliases,
  members,
  memberships,
  organizations,
} from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertManages, scopeOfActor } from "#lib/scope/authorize.ts";
import { reads } from "#lib/scope/scope.ts";
import { readsPerson } from "./authorize.ts";
import { allowanceText, type RemoveMembershipInput } from "./rules.ts";

/**
 * Whether the ledger has an entry of the membership, or of one that was merged into it, be it of 0 credits or reversed.
 * Such a membership stays.
 */
export function hasSpent(reader: Reader, membershipId: number): boolean {
  const entry = reader
    .select({ id: ledgerEntries.id })
    .from(ledgerEntries)
    .where(eq(ledgerEntries.membershipId, membershipId))
    .limit(1)
    .get();
  const merged = reader
    .select({ id: memberships.id })
    .from(memberships)
    .where(eq(memberships.mergedIntoId, membershipId))
    .limit(1)
    .get();
  return entry !== undefined || merged !== undefined;
}

export type RemovedMembership = {
  memberId: number;
  name: string;
  organization: string;
  /** The person was deleted, with its former emails, because it had no other membership. */
  personDeleted: boolean;
  /** The person has no other membership that the actor may read, and so no page. */
  personGone: boolean;
};

/** Removes a membership that never spent, and its person with the last one. Usage that names the person is then refused. */
export async function removeMembership(
  { id }: RemoveMembershipInput,
  actor: Actor,
  at: Date = new Date(),
): Promise<Result<RemovedMembership>> {
  return write((tx) => {
    const old = readMembership(tx, id);
    const scope = scopeOfActor(tx, actor);
    if (!old || !reads(scope, old.organizationId)) {
      return refused("membership_not_found", "This membership was removed already.");
    }
    assertManages(tx, actor, [old.organizationId]);
    if (hasSpent(tx, id)) {
      return refused(
        "membership_has_spent",
        `${old.name} has spent in ${old.organization}, so the membership cannot be removed. Deactivate it instead.`,
      );
    }
    deleteMembership(tx, old, actor, at);
    const { memberId, name, organization } = old;
    // A person without a membership never spent, so no former email is needed.
    const personDeleted = old.memberships === 1;
    if (personDeleted) {
      tx.delete(memberAliases).where(eq(memberAliases.memberId, memberId)).run();
      tx.delete(members).where(eq(members.id, memberId)).run();
      recordAudit(
        tx,
        actor,
        [
          {
            action: "member.deleted",
            subject: { kind: "member", id: memberId, label: old.email },
            before: { name, email: old.email },
          },
        ],
        at,
      );
    }
    const personGone = personDeleted || !readsPerson(tx, scope, memberId);
    return done({ memberId, name, organization, personDeleted, personGone });
  });
}

export type StoredMembership = NonNullable<ReturnType<typeof readMembership>>;

/** A membership with its person and organization. */
export function readMembership(reader: Reader, id: number) {
  return reader
    .select({
      id: memberships.id,
      memberId: members.id,
      name: members.name,
      email: members.email,
      memberships: members.memberships,
      organizationId: organizations.id,
      organization: organizations.code,
      creditTypeId: organizations.creditTypeId,
      role: memberships.role,
      active: memberships.active,
      allowance: memberships.allowance,
      monthlyAllowance: memberships.monthlyAllowance,
      mergedIntoId: memberships.mergedIntoId,
    })
    .from(memberships)
    .innerJoin(members, eq(members.id, memberships.memberId))
    .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
    .where(eq(memberships.id, id))
    .get();
}

/** Deletes a membership that never spent, with its counters and an audit entry. */
export function deleteMembership(tx: Transaction, old: StoredMembership, actor: Actor, at: Date): void {
  tx.delete(memberships).where(eq(memberships.id, old.id)).run();
  tx.update(members)
    .set({
      memberships: sql`${members.memberships} - 1`,
      activeMemberships: sql`${members.activeMemberships} - ${old.active ? 1 : 0}`,
    })
    .where(eq(members.id, old.memberId))
    .run();
  tx.update(organizations)
    .set({ members: sql`${organizations.members} - 1` })
    .where(eq(organizations.id, old.organizationId))
    .run();
  tx.update(creditTypes)
    .set({ members: sql`${creditTypes.members} - 1` })
    .where(eq(creditTypes.id, old.creditTypeId))
    .run();
  recordAudit(
    tx,
    actor,
    [
      {
        action: "member.removed",
        subject: {
          kind: "membership",
          id: old.id,
          label: `${old.email} in ${old.organization}`,
          organizationId: old.organizationId,
        },
        before: {
          organization: old.organization,
          name: old.name,
          email: old.email,
          role: old.role,
          status: old.active ? "active" : "inactive",
          monthlyAllowance: allowanceText(old),
        },
      },
    ],
    at,
  );
}

import { asc, count, eq, inArray, or } from "drizzle-orm";
import { type Reader, type Transaction, write } from "#db/client.ts";
import { memberAliases, members, memberships, refusals } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recheckMembership } from "#lib/alerts/allowances.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { emailKey } from "#lib/email.ts";
import { recordMerges } from "#lib/ledger/merged-months.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { scopeOfActor } from "#lib/scope/authorize.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { MAX_ALIASES, people, writeSearchColumns } from "./aliases.ts";
import { changeRefused, namedPersonRefused } from "./authorize.ts";
import { changeMembershipsActiveIn } from "./commands/memberships.ts";
import { deleteMembership, hasSpent, readMembership, type StoredMembership } from "./removal.ts";
import type { MergeMembersInput } from "./rules.ts";

/** More memberships than one person has; it bounds a merge and its preview. */
const MAX_MEMBERSHIPS = 1_000;

/** What a merge would do. */
export type MergePlan = {
  other: { id: number; name: string; email: string };
  /** Memberships of the other person that the person who stays gets. */
  moved: StoredMembership[];
  /** Memberships that never spent, in organizations where both are members: they are removed. */
  removed: StoredMembership[];
  /** In organizations where both have spent: the other's membership is merged into the one of the person who stays. */
  merged: { own: StoredMembership; other: StoredMembership }[];
};

const membershipsOf = (reader: Reader, memberId: number): StoredMembership[] =>
  reader
    .select({ id: memberships.id })
    .from(memberships)
    .where(eq(memberships.memberId, memberId))
    .orderBy(asc(memberships.id))
    .limit(MAX_MEMBERSHIPS)
    .all()
    .flatMap(({ id }) => readMembership(reader, id) ?? []);

/** Plans the merge of the person of `email` into `member`. Both must be managed in all their organizations. */
export function planMerge(
  scope: Scope,
  reader: Reader,
  { member: memberId, email }: MergeMembersInput,
): Result<MergePlan, "email"> {
  const member = reader.select().from(members).where(eq(members.id, memberId)).get();
  const unknown = refused<"email">("member_not_found", "This member does not exist.");
  if (!member) return unknown;
  const refusal = changeRefused(reader, scope, { memberId, name: member.name, unknown });
  if (refusal) return refusal;
  const other = people(reader)(emailKey(email));
  const otherUnknown = refused("member_not_found", `There is no member with the email ${email}.`, "email");
  if (!other) return otherUnknown;
  const refusalOfOther = namedPersonRefused(reader, scope, {
    memberId: other.id,
    name: other.name,
    unknown: otherUnknown,
    field: "email",
  });
  if (refusalOfOther) return refusalOfOther;
  if (other.id === memberId) return refused("same_member", `${email} is ${member.name} already.`, "email");
  const aliases = reader
    .select({ count: count() })
    .from(memberAliases)
    .where(inArray(memberAliases.memberId, [memberId, other.id]))
    .get();
  if ((aliases?.count ?? 0) >= MAX_ALIASES) {
    return refused(
      "too_many_aliases",
      `Together they would have more than ${MAX_ALIASES} former emails. Remove some first.`,
      "email",
    );
  }
  const own = membershipsOf(reader, memberId);
  const theirs = membershipsOf(reader, other.id);
  if (own.length === MAX_MEMBERSHIPS || theirs.length === MAX_MEMBERSHIPS) {
    return refused(
      "too_many_memberships",
      `Two people can be merged only if they have fewer than ${MAX_MEMBERSHIPS} memberships.`,
      "email",
    );
  }
  const counting = ({ mergedIntoId }: StoredMembership) => mergedIntoId === null;
  const ownIn = new Map(own.filter(counting).map((membership) => [membership.organizationId, membership]));
  const plan: MergePlan = {
    other: { id: other.id, name: other.name, email: other.email },
    moved: [],
    removed: [],
    merged: [],
  };
  for (const membership of theirs.filter(counting)) {
    const mine = ownIn.get(membership.organizationId);
    if (!mine) plan.moved.push(membership);
    else if (!hasSpent(reader, membership.id)) plan.removed.push(membership);
    else if (hasSpent(reader, mine.id)) plan.merged.push({ own: mine, other: membership });
    else {
      plan.removed.push(mine);
      plan.moved.push(membership);
    }
  }
  return done(plan);
}

/**
 * Lets `own` count in place of `other`, and of what was merged into that one. They stay as rows, inactive for good,
 * because the ledger names them. To be called while they are still memberships of another person.
 */
function mergeMembership(
  tx: Transaction,
  { own, other }: MergePlan["merged"][number],
  actor: Actor,
  at: Date,
): void {
  if (other.active) changeMembershipsActiveIn(tx, [other.id], false, actor, at);
  const rows = tx
    .select({ id: memberships.id, mergedIntoId: memberships.mergedIntoId })
    .from(memberships)
    .where(or(eq(memberships.id, other.id), eq(memberships.mergedIntoId, other.id)))
    .orderBy(asc(memberships.id))
    .limit(MAX_MEMBERSHIPS)
    .all();
  const ids = rows.map(({ id }) => id);
  tx.update(memberships).set({ mergedIntoId: own.id }).where(inArray(memberships.id, ids)).run();
  recordMerges(tx, ids, own.id);
  // The month of the one that stays has grown.
  for (const id of [...ids, own.id]) recheckMembership(tx, id, at);
  recordAudit(
    tx,
    actor,
    rows.map(({ id, mergedIntoId }) => ({
      action: "membership.merged",
      subject: {
        kind: "membership",
        id,
        label: `${other.email} in ${other.organization}`,
        organizationId: other.organizationId,
      },
      before: { mergedInto: mergedIntoId === null ? null : String(mergedIntoId) },
      after: { mergedInto: String(own.id) },
    })),
    at,
  );
}

/**
 * Merges two people who are one: `member` gets the memberships, the emails and the figures of the other, who is deleted.
 * The ledger stays as it is, because it names memberships. Where both have spent in one organization, the other's
 * membership stays as an inactive row that is merged into the own one. Refuses what {@link planMerge} refuses.
 */
export async function mergeMembers(
  input: MergeMembersInput,
  actor: Actor,
  at: Date = new Date(),
): Promise<Result<{ id: number; name: string; other: string }, "email">> {
  return write((tx) => {
    const plan = planMerge(scopeOfActor(tx, actor), tx, input);
    if (!plan.ok) return plan;
    const { other, removed, merged } = plan.value;
    for (const membership of removed) deleteMembership(tx, membership, actor, at);
    for (const both of merged) mergeMembership(tx, both, actor, at);
    const old = tx.select().from(members).where(eq(members.id, other.id)).get();
    const member = tx.select().from(members).where(eq(members.id, input.member)).get();
    if (!old || !member) throw new Error("a person is gone");
    tx.update(memberships)
      .set({ memberId: member.id, nameKey: member.nameKey })
      .where(eq(memberships.memberId, old.id))
      .run();
    const lastActive = Math.max(member.lastActiveAt?.getTime() ?? 0, old.lastActiveAt?.getTime() ?? 0);
    tx.update(members)
      .set({
        memberships: member.memberships + old.memberships,
        activeMemberships: member.activeMemberships + old.activeMemberships,
        spent: member.spent + old.spent,
        lastActiveAt: lastActive === 0 ? null : new Date(lastActive),
      })
      .where(eq(members.id, member.id))
      .run();
    tx.update(memberAliases).set({ memberId: member.id }).where(eq(memberAliases.memberId, old.id)).run();
    tx.update(refusals).set({ memberId: member.id }).where(eq(refusals.memberId, old.id)).run();
    // A trigger protects people who have spent. The spending of this person now belongs to the other.
    tx.update(members).set({ spent: 0n, lastActiveAt: null }).where(eq(members.id, old.id)).run();
    tx.delete(members).where(eq(members.id, old.id)).run();
    tx.insert(memberAliases)
      .values({ memberId: member.id, email: old.email, emailKey: old.emailKey, createdAt: at })
      .run();
    writeSearchColumns(tx, member.id);
    recordAudit(
      tx,
      actor,
      [
        {
          action: "member.merged",
          subject: { kind: "member", id: member.id, label: member.email },
          after: { name: member.name, email: member.email, merged: `${old.name} (${old.email})` },
        },
        {
          action: "member.deleted",
          subject: { kind: "member", id: old.id, label: old.email },
          before: { name: old.name, email: old.email },
        },
      ],
      at,
    );
    return done({ id: member.id, name: member.name, other: old.name });
  });
}

import { and, eq, isNull } from "drizzle-orm";
import { write } from "#db/client.ts";
import { members, memberships, organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { changesBetween } from "#lib/audit/rules.ts";
import { emailKey } from "#lib/email.ts";
import { organizationIdOf } from "#lib/organization-codes/queries.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertManages, readsIn, scopeOfActor } from "#lib/scope/authorize.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import { emailTaken, moveEmail, people, writeSearchColumns } from "../aliases.ts";
import { changeRefused } from "../authorize.ts";
import { type AddMemberInput, memberFormValues, type UpdateMemberInput } from "../rules.ts";
import { insertMemberships } from "./insert.ts";

/** Who was added, and where; `hasOtherName` when the person has another name, which stays. */
export type AddedMember = {
  id: number;
  memberId: number;
  name: string;
  email: string;
  organization: string;
  wasMember: boolean;
  hasOtherName: boolean;
};

/** Adds an active membership. An existing person with this email gets a further membership and keeps the name. */
export async function addMember(
  input: AddMemberInput,
  actor: Actor,
  at: Date = new Date(),
): Promise<Result<AddedMember, "organization" | "email">> {
  return write((tx) => {
    const organization = tx
      .select({ id: organizations.id, code: organizations.code })
      .from(organizations)
      .where(eq(organizations.id, organizationIdOf(tx, input.organization) ?? 0))
      .get();
    if (!organization || !readsIn(tx, actor, organization.id)) {
      return refused(
        "organization_not_found",
        `There is no organization with the code ${input.organization.slice(0, 100)}.`,
        "organization",
      );
    }
    assertManages(tx, actor, [organization.id]);
    const person = tx
      .select({ id: members.id, name: members.name, email: members.email, membership: memberships.active })
      .from(members)
      .leftJoin(
        memberships,
        and(
          eq(memberships.memberId, members.id),
          eq(memberships.organizationId, organization.id),
          isNull(memberships.mergedIntoId),
        ),
      )
      .where(eq(members.id, people(tx)(emailKey(input.email))?.id ?? 0))
      .get();
    if (person && person.membership !== null) {
      const state = person.membership ? "" : ", though inactive: activate the membership instead";
      return refused(
        "already_member",
        `${person.name} (${person.email}) is a member of ${organization.code} already${state}.`,
        "email",
      );
    }
    const { organization: _code, ...row } = input;
    const [added] = insertMemberships(
      tx,
      [{ ...row, organizationId: organization.id, active: true }],
      actor,
      at,
    );
    if (!added) throw new Error("no membership was added");
    return done({
      ...added,
      name: person?.name ?? input.name,
      email: person?.email ?? input.email,
      organization: organization.code,
      wasMember: person !== undefined,
      hasOtherName: person !== undefined && person.name !== input.name,
    });
  });
}

/**
 * Changes a person's name and email, in every organization at once, all of which the actor must manage; the email
 * before becomes a former one. Refuses an email that another person has or had and, with the `original` values of a
 * form, to overwrite a change made since.
 *
 * @returns `changed`: false where everything was so already.
 */
export async function updateMember(
  input: UpdateMemberInput,
  actor: Actor,
  original?: OriginalValues,
  at: Date = new Date(),
): Promise<Result<{ id: number; name: string; changed: boolean }, "email">> {
  return write((tx) => {
    const old = tx
      .select({ name: members.name, email: members.email })
      .from(members)
      .where(eq(members.id, input.id))
      .get();
    const unknown = refused<"email">("member_not_found", "This member does not exist.");
    if (!old) return unknown;
    const scope = scopeOfActor(tx, actor);
    const refusal = changeRefused(tx, scope, { memberId: input.id, name: old.name, unknown });
    if (refusal) return refusal;
    const key = emailKey(input.email);
    const conflict = emailTaken(tx, scope, input.email, input.id);
    if (conflict) return conflict;
    const { id, name } = input;
    const changes = changesBetween(old, { name, email: input.email });
    if (!changes) return done({ id, name, changed: false });
    const stale = staleEdit(original, memberFormValues(old));
    if (stale) return stale;
    const unmoved = moveEmail(tx, id, { old: old.email, now: input.email, at });
    if (unmoved) return unmoved;
    tx.update(members)
      .set({ name: input.name, email: input.email, emailKey: key })
      .where(eq(members.id, input.id))
      .run();
    const { nameKey } = writeSearchColumns(tx, input.id);
    tx.update(memberships).set({ nameKey }).where(eq(memberships.memberId, input.id)).run();
    recordAudit(
      tx,
      actor,
      [
        {
          action: "member.updated",
          subject: { kind: "member", id: input.id, label: input.email },
          ...changes,
        },
      ],
      at,
    );
    return done({ id, name, changed: true });
  });
}

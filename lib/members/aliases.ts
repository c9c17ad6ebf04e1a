import { asc, count, eq, sql } from "drizzle-orm";
import { type Reader, type Transaction, write } from "#db/client.ts";
import { memberAliases, members } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { emailKey } from "#lib/email.ts";
import { done, type Refused, type Result, refused } from "#lib/result.ts";
import { scopeOfActor } from "#lib/scope/authorize.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { changeRefused, readsPerson } from "./authorize.ts";
import { type AddAliasInput, memberSearchColumns, type RemoveAliasInput } from "./rules.ts";

export const MAX_ALIASES = 20;

const PERSON = { id: members.id, name: members.name, nameKey: members.nameKey, email: members.email };
type Person = { id: number; name: string; nameKey: string; email: string };

/**
 * Finds people by the key of their email or, where nobody has that, of a former one. The statements are prepared once
 * for many calls.
 */
export function people(reader: Reader): (key: string) => Person | undefined {
  const present = reader
    .select(PERSON)
    .from(members)
    .where(eq(members.emailKey, sql.placeholder("key")))
    .prepare();
  const former = reader
    .select(PERSON)
    .from(memberAliases)
    .innerJoin(members, eq(members.id, memberAliases.memberId))
    .where(eq(memberAliases.emailKey, sql.placeholder("key")))
    .prepare();
  return (key) => present.get({ key }) ?? former.get({ key });
}

/** A former email of a person. */
export type Alias = { id: number; email: string };

/** A person's former emails, the oldest first. */
export function aliasesOf(reader: Reader, memberId: number): Alias[] {
  return reader
    .select({ id: memberAliases.id, email: memberAliases.email })
    .from(memberAliases)
    .where(eq(memberAliases.memberId, memberId))
    .orderBy(asc(memberAliases.id))
    .limit(MAX_ALIASES)
    .all();
}

/** Writes the columns that sorting and searching read, by the person's name and emails as they are now. */
export function writeSearchColumns(tx: Transaction, memberId: number): { nameKey: string } {
  const member = tx
    .select({ name: members.name, email: members.email })
    .from(members)
    .where(eq(members.id, memberId))
    .get();
  if (!member) throw new Error(`no member ${memberId}`);
  const formerEmails = aliasesOf(tx, memberId).map(({ email }) => email);
  const columns = memberSearchColumns(member.name, member.email, formerEmails);
  tx.update(members).set(columns).where(eq(members.id, memberId)).run();
  return columns;
}

/**
 * The refusal of an email that another person has or had; null when it is free or the person's own. It does not name a
 * person outside the scope.
 */
export function emailTaken(
  reader: Reader,
  scope: Scope,
  email: string,
  memberId: number,
): Refused<"email"> | null {
  const person = people(reader)(emailKey(email));
  if (!person || person.id === memberId) return null;
  if (!readsPerson(reader, scope, person.id)) {
    return refused("email_taken", `${email} is the email of another person.`, "email");
  }
  const isPresent = emailKey(person.email) === emailKey(email);
  return refused(
    "email_taken",
    `${email} is ${isPresent ? "the email" : "a former email"} of ${person.name}.`,
    "email",
  );
}

function tooMany(reader: Reader, memberId: number): Refused<"email"> | null {
  const row = reader
    .select({ count: count() })
    .from(memberAliases)
    .where(eq(memberAliases.memberId, memberId))
    .get();
  return row && row.count >= MAX_ALIASES
    ? refused(
        "too_many_aliases",
        `A member has at most ${MAX_ALIASES} former emails. Remove one first.`,
        "email",
      )
    : null;
}

/**
 * Keeps the email that a person had, and takes the new one out of the former ones if the person had it before. The
 * caller has checked that nobody else has either.
 */
export function moveEmail(
  tx: Transaction,
  memberId: number,
  { old, now, at }: { old: string; now: string; at: Date },
): Refused<"email"> | null {
  if (emailKey(old) === emailKey(now)) return null;
  tx.delete(memberAliases)
    .where(eq(memberAliases.emailKey, emailKey(now)))
    .run();
  const refusal = tooMany(tx, memberId);
  if (refusal) return refusal;
  tx.insert(memberAliases)
    .values({ memberId, email: old, emailKey: emailKey(old), createdAt: at })
    .run();
  return null;
}

/** Adds an email by which usage, files and filters find a person too. Refuses one that somebody has or had. */
export async function addAlias(
  { member: memberId, email }: AddAliasInput,
  actor: Actor,
  at: Date = new Date(),
): Promise<Result<{ name: string; email: string }, "email">> {
  return write((tx) => {
    const member = tx
      .select({ name: members.name, email: members.email })
      .from(members)
      .where(eq(members.id, memberId))
      .get();
    const unknown = refused<"email">("member_not_found", "This member does not exist.");
    if (!member) return unknown;
    const scope = scopeOfActor(tx, actor);
    const own = people(tx)(emailKey(email));
    const refusal =
      changeRefused(tx, scope, { memberId, name: member.name, unknown }) ??
      emailTaken(tx, scope, email, memberId) ??
      (own
        ? refused("email_taken", `${own.name} has this address already.`, "email")
        : tooMany(tx, memberId));
    if (refusal) return refusal;
    tx.insert(memberAliases)
      .values({ memberId, email, emailKey: emailKey(email), createdAt: at })
      .run();
    writeSearchColumns(tx, memberId);
    recordAudit(
      tx,
      actor,
      [
        {
          action: "member.alias_added",
          subject: { kind: "member", id: memberId, label: member.email },
          after: { formerEmail: email },
        },
      ],
      at,
    );
    return done({ name: member.name, email });
  });
}

/** Removes a former email: usage that names it is refused from then on, and it is free for another person. */
export async function removeAlias(
  { id }: RemoveAliasInput,
  actor: Actor,
  at: Date = new Date(),
): Promise<Result<{ name: string; email: string }>> {
  return write((tx) => {
    const alias = tx
      .select({
        email: memberAliases.email,
        memberId: members.id,
        name: members.name,
        present: members.email,
      })
      .from(memberAliases)
      .innerJoin(members, eq(members.id, memberAliases.memberId))
      .where(eq(memberAliases.id, id))
      .get();
    const unknown = refused<"email">("alias_not_found", "This former email was removed already.");
    if (!alias) return unknown;
    const refusal = changeRefused(tx, scopeOfActor(tx, actor), { ...alias, unknown });
    if (refusal) return refusal;
    tx.delete(memberAliases).where(eq(memberAliases.id, id)).run();
    writeSearchColumns(tx, alias.memberId);
    recordAudit(
      tx,
      actor,
      [
        {
          action: "member.alias_removed",
          subject: { kind: "member", id: alias.memberId, label: alias.present },
          before: { formerEmail: alias.email },
        },
      ],
      at,
    );
    return done({ name: alias.name, email: alias.email });
  });
}

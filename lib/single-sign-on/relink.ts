import { and, asc, eq, isNull } from "drizzle-orm";
import { database, type Reader, write } from "#db/client.ts";
import { portalUserGrants, portalUserIdentities, portalUsers } from "#db/schema/index.ts";
import type { Actor, Role } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { emailKey } from "#lib/email.ts";
import { subjectOf } from "#lib/portal-users/commands/records.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { onEnterprise } from "#lib/scope/scope.ts";
import { isSameIssuer } from "#lib/sign-in-settings.ts";

/** An account that no person at a provider is linked to. */
export type UnlinkedAccount = { email: string; role: Role | null };

/** An account by its email, and the person at a provider who is to sign in to it. */
export type NewLink = { email: string; issuer: string; subject: string };

/** An account and the person at a provider that it is linked to. */
export type Link = { userId: number; email: string; role: Role | null; issuer: string; subject: string };

const LINKS_MAX = 10_000;
const SUBJECT_MAX_CHARACTERS = 255;

/** Which links are to move: those of one issuer, or those of every issuer but the present one. */
export type RelinkSelection = { from: string } | { to: string };

function isSelected(issuer: string, selection: RelinkSelection): boolean {
  return "from" in selection ? isSameIssuer(issuer, selection.from) : !isSameIssuer(issuer, selection.to);
}

/** The links that {@link relink} would remove, by email. */
export function linksToMove(selection: RelinkSelection, reader: Reader = database()): Link[] {
  return reader
    .select({
      userId: portalUsers.id,
      email: portalUsers.email,
      role: portalUserGrants.role,
      issuer: portalUserIdentities.issuer,
      subject: portalUserIdentities.subject,
    })
    .from(portalUserIdentities)
    .innerJoin(portalUsers, eq(portalUsers.id, portalUserIdentities.portalUserId))
    .leftJoin(portalUserGrants, and(eq(portalUserGrants.portalUserId, portalUsers.id), onEnterprise))
    .orderBy(asc(portalUsers.emailKey))
    .limit(LINKS_MAX)
    .all()
    .filter(({ issuer }) => isSelected(issuer, selection));
}

/**
 * Removes links to a provider's old address or registration, and ends the sessions that they started. At their next
 * sign-in, people are linked again by their email, which the provider must verify or `OIDC_TRUST_EMAIL` must trust:
 * the subjects of a new registration are not known before. @returns the links that were removed.
 */
export async function relink(selection: RelinkSelection, actor: Actor): Promise<Result<Link[]>> {
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const links = linksToMove(selection, tx);
    for (const { userId } of links) {
      tx.delete(portalUserIdentities).where(eq(portalUserIdentities.portalUserId, userId)).run();
    }
    recordAudit(
      tx,
      actor,
      links.map(({ userId, email, issuer, subject }) => ({
        action: "portal_user.unlinked" as const,
        subject: subjectOf({ id: userId, email }),
        before: { issuer, subject },
      })),
    );
    return done(links);
  });
}

/** The accounts that may sign in and are linked to nobody at a provider, by email. */
export function unlinkedAccounts(reader: Reader = database()): UnlinkedAccount[] {
  return reader
    .select({ email: portalUsers.email, role: portalUserGrants.role })
    .from(portalUsers)
    .leftJoin(portalUserIdentities, eq(portalUserIdentities.portalUserId, portalUsers.id))
    .leftJoin(portalUserGrants, and(eq(portalUserGrants.portalUserId, portalUsers.id), onEnterprise))
    .where(and(isNull(portalUserIdentities.id), isNull(portalUsers.disabledAt)))
    .orderBy(asc(portalUsers.emailKey))
    .limit(LINKS_MAX)
    .all();
}

/** An account with its present link, and what {@link linkAccount} makes of it. */
export type LinkPlan = { userId: number; email: string; before: { issuer: string; subject: string } | null };

/**
 * Plans {@link linkAccount}. The issuer gets the spelling of earlier links to it, because a sign-in compares it exactly.
 */
export function planLink(link: NewLink, reader: Reader = database()): Result<LinkPlan & NewLink> {
  const account = reader
    .select({ userId: portalUsers.id, email: portalUsers.email })
    .from(portalUsers)
    .where(eq(portalUsers.emailKey, emailKey(link.email)))
    .get();
  if (!account) return refused("user_not_found", `There is no portal user ${link.email}.`);
  const subject = link.subject.trim();
  if (subject === "" || subject.length > SUBJECT_MAX_CHARACTERS) {
    return refused("invalid_subject", `A subject has 1 to ${SUBJECT_MAX_CHARACTERS} characters.`);
  }
  const { portalUserId, issuer, subject: linkedSubject } = portalUserIdentities;
  const issuers = reader.selectDistinct({ issuer }).from(portalUserIdentities).limit(LINKS_MAX).all();
  const spelled = issuers.find((one) => isSameIssuer(one.issuer, link.issuer))?.issuer ?? link.issuer;
  const owner = reader
    .select({ userId: portalUserId, email: portalUsers.email })
    .from(portalUserIdentities)
    .innerJoin(portalUsers, eq(portalUsers.id, portalUserId))
    .where(and(eq(issuer, spelled), eq(linkedSubject, subject)))
    .get();
  if (owner) return refused("taken", `${subject} at ${spelled} is linked to ${owner.email}.`);
  const before = reader
    .select({ issuer, subject: linkedSubject })
    .from(portalUserIdentities)
    .where(eq(portalUserId, account.userId))
    .get();
  return done({ ...account, issuer: spelled, subject, before: before ?? null });
}

/**
 * Links an account to a person at a provider. The operator names the person, for example because their email there has
 * changed. It replaces an earlier link and ends the sessions of that link.
 */
export async function linkAccount(link: NewLink, actor: Actor): Promise<Result<LinkPlan & NewLink>> {
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const plan = planLink(link, tx);
    if (!plan.ok) return plan;
    const { userId, email, issuer, subject, before } = plan.value;
    tx.delete(portalUserIdentities).where(eq(portalUserIdentities.portalUserId, userId)).run();
    tx.insert(portalUserIdentities)
      .values({ portalUserId: userId, issuer, subject, createdAt: new Date() })
      .run();
    const account = subjectOf({ id: userId, email });
    recordAudit(tx, actor, [
      ...(before ? [{ action: "portal_user.unlinked" as const, subject: account, before }] : []),
      { action: "portal_user.linked", subject: account, after: { issuer, subject } },
    ]);
    return plan;
  });
}

import { and, eq } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { portalUserIdentities, portalUserLinks, portalUsers } from "#db/schema/index.ts";
import type { Actor, Role } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { changeRole, insertUser } from "#lib/portal-users/commands.ts";
import { findForSignIn, otherActiveOwners, userOfLink } from "#lib/portal-users/queries.ts";
import { done, type Result, refused } from "#lib/result.ts";
import {
  type Claims,
  type Identity,
  identityOf,
  roleAfterSignIn,
  roleOf,
  type SignInRefusal,
} from "./rules.ts";
import type { SingleSignOn } from "./settings.ts";

/** Who signed in, and by which identity. */
export type SignedIn = { userId: number; identityId: number };

type Account = { id: number; email: string; role: Role; disabledAt: Date | null };

/** The code of a refusal is all that the sign-in page needs: it has a sentence for each. */
const refusal = (problem: SignInRefusal) => refused<never>(problem, problem);

/** The actor of the audit entries: nobody in the portal decided these changes. */
const provider: Actor = { kind: "system" };
const subject = ({ id, email }: { id: number; email: string }) => ({
  kind: "portal_user" as const,
  id,
  label: email,
});

function accountOf(tx: Transaction, id: number): Account | undefined {
  const { email, role, disabledAt } = portalUsers;
  return tx
    .select({ id: portalUsers.id, email, role, disabledAt })
    .from(portalUsers)
    .where(eq(portalUsers.id, id))
    .get();
}

function identityRow(tx: Transaction, { issuer, subject }: Identity) {
  return tx
    .select({ id: portalUserIdentities.id, userId: portalUserIdentities.portalUserId })
    .from(portalUserIdentities)
    .where(and(eq(portalUserIdentities.issuer, issuer), eq(portalUserIdentities.subject, subject)))
    .get();
}

function hasIdentity(tx: Transaction, userId: number): boolean {
  const { id, portalUserId } = portalUserIdentities;
  return tx.select({ id }).from(portalUserIdentities).where(eq(portalUserId, userId)).get() !== undefined;
}

function link(tx: Transaction, user: { id: number; email: string }, identity: Identity): number {
  const { id } = tx
    .insert(portalUserIdentities)
    .values({
      portalUserId: user.id,
      issuer: identity.issuer,
      subject: identity.subject,
      createdAt: new Date(),
    })
    .returning({ id: portalUserIdentities.id })
    .get();
  recordAudit(tx, provider, [
    {
      action: "portal_user.linked",
      subject: subject(user),
      after: { issuer: identity.issuer, subject: identity.subject },
    },
  ]);
  return id;
}

/**
 * The account of the invitation that the browser holds. The identity replaces every way by which the account could be
 * entered before: its password, its one-time links and an earlier identity.
 */
function linkByInvitation(tx: Transaction, token: string, identity: Identity): Result<Account> {
  const invited = userOfLink(token, tx);
  const account = invited && accountOf(tx, invited.id);
  if (!account) return refusal("invitation");
  const linked = identityRow(tx, identity);
  if (linked && linked.userId !== account.id) return refusal("taken");
  tx.delete(portalUserLinks).where(eq(portalUserLinks.portalUserId, account.id)).run();
  tx.delete(portalUserIdentities).where(eq(portalUserIdentities.portalUserId, account.id)).run();
  tx.update(portalUsers).set({ passwordHash: null }).where(eq(portalUsers.id, account.id)).run();
  link(tx, account, identity);
  return done(account);
}

/** The account of somebody who signs in for the first time: the one with their verified e-mail, or a new one. */
function firstAccount(
  tx: Transaction,
  identity: Identity,
  claimedRole: Role | null,
  settings: SingleSignOn,
): Result<Account> {
  const user = identity.email === "" ? undefined : findForSignIn(identity.email, tx);
  const account = user && accountOf(tx, user.id);
  if (!account && !settings.createsUsers) return refusal("unknown");
  const role = roleAfterSignIn(claimedRole, settings.roles, account?.role ?? "viewer");
  if (!role) return refusal("role");
  // Some providers let people write any e-mail into their profile. An unverified one must not give them its account.
  if (!identity.emailVerified) return refusal("email");
  if (account) {
    if (hasIdentity(tx, account.id)) return refusal("taken");
    link(tx, account, identity);
    return done(account);
  }
  const created = insertUser(tx, identity.email, role, null);
  recordAudit(tx, provider, [
    { action: "portal_user.created", subject: subject(created), after: { email: created.email, role } },
  ]);
  link(tx, created, identity);
  return done({ ...created, role, disabledAt: null });
}

function accountFor(
  tx: Transaction,
  identity: Identity,
  claimedRole: Role | null,
  settings: SingleSignOn,
  invitation: string | undefined,
): Result<Account> {
  if (invitation !== undefined) return linkByInvitation(tx, invitation, identity);
  const linked = identityRow(tx, identity);
  if (!linked) return firstAccount(tx, identity, claimedRole, settings);
  const account = accountOf(tx, linked.userId);
  return account ? done(account) : refusal("unknown");
}

/**
 * Finds, links or creates the account that a provider's claims describe, and gives it the role that they give. A
 * refusal keeps nothing of that; its code is a {@link SignInRefusal}. The caller starts the session, by the ids of the
 * answer.
 */
export async function signInByClaims(
  claims: Claims,
  settings: SingleSignOn,
  invitation?: string,
): Promise<Result<SignedIn>> {
  const identity = identityOf(claims);
  if (!identity) return refused("unverified", "unverified");
  const claimedRole = settings.roles && roleOf(claims, settings.roles);
  return write((tx): Result<SignedIn> => {
    const match = accountFor(tx, identity, claimedRole, settings, invitation);
    if (!match.ok) return match;
    const account = match.value;
    const row = identityRow(tx, identity);
    if (!row) return refusal("unknown");
    if (account.disabledAt) return refusal("disabled");
    const role = roleAfterSignIn(claimedRole, settings.roles, account.role);
    if (!role) return refusal("role");
    if (role !== account.role) {
      if (account.role === "owner" && otherActiveOwners(tx, account.id) === 0) return refusal("owner");
      changeRole(tx, account, role, provider);
    }
    return done({ userId: account.id, identityId: row.id });
  });
}

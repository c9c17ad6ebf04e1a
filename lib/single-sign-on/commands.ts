import { and, eq } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { portalUserIdentities, portalUserLinks, portalUsers } from "#db/schema/index.ts";
import type { Actor, Role } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { changeRole, insertUser } from "#lib/portal-users/commands.ts";
import { findForSignIn, otherActiveOwners, userOfLink } from "#lib/portal-users/queries.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { type Claims, type Identity, identityOf, type Problem, roleAfterSignIn, roleOf } from "./rules.ts";
import type { SingleSignOn } from "./settings.ts";

/** Whom the provider's word let in, by which identity. */
export type SignedIn = { userId: number; identityId: number };

type Account = { id: number; email: string; role: Role; disabledAt: Date | null };

/** Undoes the transaction that it is thrown in: half a sign-in must leave nothing. */
class Refusal extends Error {
  readonly code: Problem;
  constructor(code: Problem) {
    super(code);
    this.code = code;
  }
}

/** What the provider decides, nobody in the portal does. */
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

/** An account whose invitation the browser holds: the link replaces whatever let its holder in before, the password too. */
function linkByInvitation(tx: Transaction, token: string, identity: Identity): Account {
  const invited = userOfLink(token, tx);
  const account = invited && accountOf(tx, invited.id);
  if (!account) throw new Refusal("invitation");
  const known = identityRow(tx, identity);
  if (known && known.userId !== account.id) throw new Refusal("taken");
  tx.delete(portalUserLinks).where(eq(portalUserLinks.portalUserId, account.id)).run();
  tx.delete(portalUserIdentities).where(eq(portalUserIdentities.portalUserId, account.id)).run();
  tx.update(portalUsers).set({ passwordHash: null }).where(eq(portalUsers.id, account.id)).run();
  link(tx, account, identity);
  return account;
}

/** The account of somebody who comes for the first time: theirs by a verified e-mail, or a new one. */
function firstAccount(
  tx: Transaction,
  identity: Identity,
  claimed: Role | null,
  settings: SingleSignOn,
): Account {
  const theirs = identity.email === "" ? undefined : findForSignIn(identity.email, tx);
  const account = theirs && accountOf(tx, theirs.id);
  if (!account && !settings.createsUsers) throw new Refusal("unknown");
  const role = roleAfterSignIn(claimed, settings.roles, account?.role ?? "viewer");
  if (!role) throw new Refusal("role");
  // Whoever can write any e-mail into their profile must not become its owner here.
  if (!identity.emailVerified) throw new Refusal("email");
  if (account) {
    if (hasIdentity(tx, account.id)) throw new Refusal("taken");
    link(tx, account, identity);
    return account;
  }
  const made = insertUser(tx, identity.email, role, null);
  recordAudit(tx, provider, [
    { action: "portal_user.created", subject: subject(made), after: { email: made.email, role } },
  ]);
  link(tx, made, identity);
  return { ...made, role, disabledAt: null };
}

/**
 * Finds, links or makes the account that a provider's claims speak of, and gives it the role that they give. The session is the
 * caller's to start, by the ids of the answer. A refusal's code is a {@link Problem}.
 */
export async function signInByClaims(
  claims: Claims,
  settings: SingleSignOn,
  invitation?: string,
): Promise<Result<SignedIn>> {
  const identity = identityOf(claims);
  if (!identity) return refused("unverified", "unverified");
  const claimed = settings.roles && roleOf(claims, settings.roles);
  try {
    return await write((tx) => {
      const known = identityRow(tx, identity);
      const account =
        invitation !== undefined
          ? linkByInvitation(tx, invitation, identity)
          : known
            ? accountOf(tx, known.userId)
            : firstAccount(tx, identity, claimed, settings);
      const row = identityRow(tx, identity);
      if (!account || !row) throw new Refusal("unknown");
      if (account.disabledAt) throw new Refusal("disabled");
      const role = roleAfterSignIn(claimed, settings.roles, account.role);
      if (!role) throw new Refusal("role");
      if (role !== account.role) {
        if (account.role === "owner" && otherActiveOwners(tx, account.id) === 0) throw new Refusal("owner");
        changeRole(tx, account, role, provider);
      }
      return done({ userId: account.id, identityId: row.id });
    });
  } catch (error) {
    if (error instanceof Refusal) return refused(error.code, error.code);
    throw error;
  }
}

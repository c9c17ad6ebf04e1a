import { and, eq } from "drizzle-orm";
import { database, type Transaction, write } from "#db/client.ts";
import { portalUserIdentities, portalUserLinks, portalUsers } from "#db/schema/index.ts";
import type { Actor, Role } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import type { AuditValues } from "#lib/audit/rules.ts";
import { replaceProviderGrants } from "#lib/grants/commands.ts";
import { grantsOf } from "#lib/grants/queries.ts";
import { type ClaimedGrants, readClaimedGrants } from "#lib/grants/rules.ts";
import { log } from "#lib/log.ts";
import { changeRole } from "#lib/portal-users/commands/accounts.ts";
import { insertUser, setEnterpriseRole, subjectOf } from "#lib/portal-users/commands/records.ts";
import { findForSignIn, hasOwner, otherActiveOwners, userOfLink } from "#lib/portal-users/queries.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { enterpriseGrantOf } from "#lib/scope/scope.ts";
import { passwordsAllowed, type SingleSignOn } from "#lib/sign-in-settings.ts";
import type { PersonClaims } from "./issuer.ts";
import {
  type Claims,
  claimAt,
  higherRole,
  type Identity,
  identityOf,
  isOverage,
  rightsClaimNames,
  roleAfterSignIn,
  roleOf,
  type SignInRefusal,
  textsOf,
} from "./rules.ts";

/** The user who signed in, and the identity that was used. */
export type SignedIn = { userId: number; identityId: number };

type Account = {
  id: number;
  email: string;
  /** On the whole enterprise. */
  role: Role | null;
  /** Whether the provider gave that role. */
  fromProvider: boolean;
  disabledAt: Date | null;
};

/** A sign-in that is refused after what the provider gave was removed, which is to be stored. */
const NOTHING_LEFT = Symbol("nothing left");

/** The code of a refusal is all that the sign-in page needs: it has a sentence for each. */
const refusal = (problem: SignInRefusal) => refused<never>(problem, problem);

/** The actor of the audit entries: nobody in the portal decided these changes. */
const provider: Actor = { kind: "system" };
function accountOf(tx: Transaction, id: number): Account | undefined {
  const { email, disabledAt } = portalUsers;
  const account = tx
    .select({ id: portalUsers.id, email, disabledAt })
    .from(portalUsers)
    .where(eq(portalUsers.id, id))
    .get();
  if (!account) return undefined;
  const grant = enterpriseGrantOf(id, tx);
  return { ...account, role: grant?.role ?? null, fromProvider: grant?.source === "single_sign_on" };
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

/** @param changed other values of the account that changed with the link. */
function link(
  tx: Transaction,
  user: { id: number; email: string },
  identity: Identity,
  changed: AuditValues = {},
): number {
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
      subject: subjectOf(user),
      after: { issuer: identity.issuer, subject: identity.subject, ...changed },
    },
  ]);
  return id;
}

/**
 * The account of the invitation that the browser holds. The identity replaces every earlier way to sign in to the
 * account: its password, its one-time links and an earlier identity.
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
  link(tx, account, identity, { passwordFingerprint: null });
  return done(account);
}

/**
 * The account of somebody who signs in for the first time: the one with their verified email, or a new one.
 *
 * Some providers let people write any email into their profile, so an unverified one never leads to an existing
 * account. For a new account, a role from the provider's own claim counts as well where the provider never tells
 * whether an email is verified. While passwords are off and there is no owner, an owner's role creates the first one.
 */
function firstAccount(
  tx: Transaction,
  identity: Identity,
  claimed: ClaimedGrants,
  settings: SingleSignOn,
  missingRole: SignInRefusal,
): Result<Account> {
  const user = identity.email === "" ? undefined : findForSignIn(identity.email, tx);
  const account = user && accountOf(tx, user.id);
  const isFirstOwner = claimed.role === "owner" && !passwordsAllowed() && !hasOwner(tx);
  if (!account && !settings.createsUsers && !isFirstOwner) return refusal("unknown");
  const newcomer = { role: settings.grantClaim === null ? ("viewer" as const) : null, fromProvider: false };
  const role = roleAfterSignIn(claimed.role, settings, account ?? newcomer);
  const isEntitled = role !== null || claimed.grants.length > 0;
  if (!account && !isEntitled) return refusal(missingRole);
  if (identity.email === "") return refusal("email_missing");
  if (account) {
    if (identity.emailStatus !== "verified") return refusal("email");
    if (hasIdentity(tx, account.id)) return refusal("taken");
    link(tx, account, identity);
    return done(account);
  }
  const isVouchedFor =
    identity.emailStatus === "untold" && (claimed.role !== null || claimed.grants.length > 0);
  if (identity.emailStatus !== "verified" && !isVouchedFor && !isFirstOwner) return refusal("email");
  const created = insertUser(tx, identity.email, null);
  const source = role !== null && claimed.role === role ? "single_sign_on" : "portal";
  setEnterpriseRole(tx, created.id, role, provider, source);
  recordAudit(tx, provider, [
    {
      action: "portal_user.created",
      subject: subjectOf(created),
      after: { email: created.email, ...(role && { role }), passwordFingerprint: null },
    },
  ]);
  link(tx, created, identity);
  return done({ ...created, role, fromProvider: source === "single_sign_on", disabledAt: null });
}

/**
 * Finds, links or creates the account that a provider's claims describe, and gives it the role that they give. A
 * refusal's code is a {@link SignInRefusal}. It stores nothing, with one exception: where the claims give a linked account
 * nothing any more, what the provider gave before ends, so that earlier sessions have no more than a new one would. The
 * caller starts the session, by the ids of the answer.
 */
export async function signInByClaims(
  { claims, isWhole }: PersonClaims,
  settings: SingleSignOn,
  invitation?: string,
): Promise<Result<SignedIn>> {
  const identity = identityOf(claims, settings.trustsEmail);
  if (!identity) return refusal("unverified");
  const rightsClaims = rightsClaimNames(settings).map((name) => claimAt(claims, name));
  const hasRightsClaim = rightsClaims.some((claim) => claim !== undefined);
  const claimed = claimedRights(claims, settings);
  const missingRole: SignInRefusal = hasRightsClaim ? "role" : "role_missing";
  let unknownCodes = 0;
  const hasOverage = rightsClaimNames(settings).some((name) => isOverage(claims, name));
  const written = await write((tx): Result<SignedIn> | typeof NOTHING_LEFT => {
    const linked = identityRow(tx, identity);
    const linkedAccount = linked && accountOf(tx, linked.userId);
    const match =
      invitation !== undefined
        ? linkByInvitation(tx, invitation, identity)
        : linkedAccount
          ? done(linkedAccount)
          : firstAccount(tx, identity, claimed, settings, missingRole);
    if (!match.ok) return match;
    const account = match.value;
    const row = identityRow(tx, identity);
    if (!row) return refusal("unknown");
    if (account.disabledAt) return refusal("disabled");
    // UserInfo, which would contain the rights, did not answer. A linked user keeps the present ones.
    const keepsRights = !isWhole && rightsClaims.includes(undefined) && linkedAccount !== undefined;
    if (!keepsRights) {
      const role = roleAfterSignIn(claimed.role, settings, account);
      if (role !== account.role) {
        if (account.role === "owner" && otherActiveOwners(tx, account.id) === 0) return refusal("owner");
        changeRole(tx, account, role, provider, "single_sign_on");
      }
      unknownCodes = replaceProviderGrants(tx, account, claimed.grants, provider).unknownCodes;
    }
    const isManaged = rightsClaims.length > 0;
    if (isManaged && accountOf(tx, account.id)?.role === null && grantsOf([account.id], tx).length === 0) {
      const isKnown = linkedAccount !== undefined && invitation === undefined;
      // A claim that is too long to be sent takes nothing away.
      return isKnown && !hasOverage ? NOTHING_LEFT : refusal(missingRole);
    }
    return done({ userId: account.id, identityId: row.id });
  });
  const outcome = written === NOTHING_LEFT ? refusal(missingRole) : written;
  if (claimed.unreadable > 0 || unknownCodes > 0) {
    log.warn("single sign-on sent grants that mean nothing here", {
      claim: settings.grantClaim,
      unreadable: claimed.unreadable,
      unknownOrganizations: unknownCodes,
    });
  }
  if (!outcome.ok) reportRefusal(outcome.code, claims, settings);
  return outcome;
}

/** What the claims give: the higher role of the two claims, and the narrower grants. */
function claimedRights(claims: Claims, { roles, grantClaim }: SingleSignOn): ClaimedGrants {
  const claimed = readClaimedGrants(grantClaim === null ? [] : textsOf(claimAt(claims, grantClaim)));
  return { ...claimed, role: higherRole(roles && roleOf(claims, roles), claimed.role) };
}

/**
 * Logs who was refused, by the subject that `sso relink` takes, and which claim was missing. Only names of claims are logged,
 * because their values are personal data.
 */
function reportRefusal(problem: string, claims: Claims, settings: SingleSignOn): void {
  const rightsNames = rightsClaimNames(settings);
  const names = ["email", "email_verified", ...rightsNames];
  const overage = rightsNames.find((name) => isOverage(claims, name));
  log.warn("single sign-on refused", {
    issuer: settings.issuer.href,
    problem,
    ...(typeof claims.sub === "string" && { subject: claims.sub.slice(0, 255) }),
    missing: names.filter((name) => claimAt(claims, name) === undefined).join(", "),
    received: Object.keys(claims).slice(0, 50).join(", "),
    ...(overage !== undefined && {
      hint: `the provider left out "${overage}" because the person is in too many groups (overage): use application roles, or only groups assigned to the application`,
    }),
  });
}

/** Is this person at a provider linked to an account? */
export function isLinked(issuer: string, subject: string): boolean {
  const { id } = portalUserIdentities;
  const { issuer: issuerColumn, subject: subjectColumn } = portalUserIdentities;
  return (
    database()
      .select({ id })
      .from(portalUserIdentities)
      .where(and(eq(issuerColumn, issuer), eq(subjectColumn, subject)))
      .get() !== undefined
  );
}

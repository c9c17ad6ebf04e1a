import { z } from "zod";
import { ROLES, type Role } from "#lib/actor.ts";
import { emailAddress } from "#lib/email.ts";

/** The claims of a person, of the ID token and of UserInfo together. */
export type Claims = Record<string, unknown>;

/** Which values of which claim give which role. */
export type RoleMapping = { claim: string; values: Record<Role, readonly string[]> };

/** Whether the provider has verified an email. Some providers never send this (Entra ID). */
export type EmailStatus = "verified" | "unverified" | "untold";

/** A person at a provider. `email` is "" without one. */
export type Identity = { issuer: string; subject: string; email: string; emailStatus: EmailStatus };

const identityClaims = z.object({
  iss: z.string().min(1).max(2_000),
  sub: z.string().min(1).max(255),
  email: emailAddress.optional().catch(undefined),
});

/** OpenID Connect makes these booleans; claim rules of Entra ID and AD FS can only send the text. */
const isTrue = (claim: unknown) => claim === true || claim === "true";

function emailStatusOf(claims: Claims, trustsEmail: boolean): EmailStatus {
  // xms_edov: "email domain owner verified", an optional claim of Entra ID.
  if (trustsEmail || isTrue(claims.email_verified) || isTrue(claims.xms_edov)) return "verified";
  if (claims.xms_edov === 1 || claims.xms_edov === "1") return "verified";
  return claims.email_verified === undefined && claims.xms_edov === undefined ? "untold" : "unverified";
}

/** The person that the claims describe; null if they contain no subject. `trustsEmail` is `OIDC_TRUST_EMAIL`. */
export function identityOf(claims: Claims, trustsEmail = false): Identity | null {
  const parsed = identityClaims.safeParse(claims);
  if (!parsed.success) return null;
  const { iss, sub, email = "" } = parsed.data;
  const emailStatus = email === "" ? "untold" : emailStatusOf(claims, trustsEmail);
  return { issuer: iss, subject: sub, email, emailStatus };
}

function valueAt(claims: Claims, parts: readonly string[]): unknown {
  for (let length = parts.length; length > 0; length -= 1) {
    const key = parts.slice(0, length).join(".");
    if (!Object.hasOwn(claims, key)) continue;
    const value = claims[key];
    if (length === parts.length) return value;
    if (typeof value !== "object" || value === null) continue;
    const inner = valueAt(value as Claims, parts.slice(length));
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/**
 * A claim by its whole name, or else by a path into objects, as in Keycloak's `realm_access.roles`. A key of the path
 * may have dots itself, as the client id in `resource_access.portal.example.edu.roles`.
 */
export function claimAt(claims: Claims, name: string): unknown {
  return valueAt(claims, name.split("."));
}

/**
 * The texts that a claim holds: itself, the items of a list, or the keys of an object (Zitadel sends roles this way).
 */
export function textsOf(claim: unknown): string[] {
  return [claim].flat().flatMap((item) => {
    if (typeof item === "string") return [item];
    if (typeof item !== "object" || item === null || Array.isArray(item)) return [];
    return Object.entries(item).flatMap(([key, value]) => (value === false || value === null ? [] : [key]));
  });
}

/** The highest role that a value of the claim gives; null is none. */
export function roleOf(claims: Claims, { claim, values }: RoleMapping): Role | null {
  const texts = textsOf(claimAt(claims, claim));
  return ROLES.findLast((role) => values[role].some((value) => texts.includes(value))) ?? null;
}

/**
 * Whether the provider left the claim out because it would be too long. Entra ID then names it in `_claim_names`, or
 * sets `hasgroups`, and expects its API to be asked.
 */
export function isOverage(claims: Claims, name: string): boolean {
  const names = claims._claim_names;
  const isNamed = typeof names === "object" && names !== null && Object.hasOwn(names, name);
  return isNamed || (name === "groups" && isTrue(claims.hasgroups));
}

/** Which claims decide about rights; null for those that are not set. */
export type RightsClaims = { roles: RoleMapping | null; grantClaim: string | null };

/** The names of the claims that decide about rights. */
export function rightsClaimNames({ roles, grantClaim }: RightsClaims): string[] {
  return [...(roles ? [roles.claim] : []), ...(grantClaim === null ? [] : [grantClaim])];
}

/**
 * The role of an account on the enterprise after a sign-in; null for none. Without values for owners, the portal appoints
 * owners, and a claim does not change them, but for an owner whom the claim of grants made. A claim of grants alone changes no role that the portal gave, unless it
 * contains another one.
 */
export function roleAfterSignIn(
  claimed: Role | null,
  { roles, grantClaim }: RightsClaims,
  current: { role: Role | null; fromProvider: boolean },
): Role | null {
  if (roles) {
    const appointsOwners = roles.values.owner.length > 0 || (grantClaim !== null && current.fromProvider);
    return current.role === "owner" && !appointsOwners ? current.role : claimed;
  }
  if (grantClaim === null) return current.role;
  return claimed ?? (current.fromProvider ? null : current.role);
}

/** The higher of two roles. */
export function higherRole(one: Role | null, other: Role | null): Role | null {
  return ROLES.findLast((role) => role === one || role === other) ?? null;
}

/**
 * When the provider last checked who a person is, which decides whether an action asks again: `auth_time` of the ID token
 * (OpenID Connect Core, section 2). Without it, a sign-in that asked the provider to check (`max_age`) counts as a check.
 * Any other sign-in may only show that a browser is still signed in there, and counts as none.
 */
export function checkedAt(claims: Claims, { isCheck, now }: { isCheck: boolean; now: Date }): Date {
  const { auth_time: seconds } = claims;
  if (typeof seconds === "number") {
    return new Date(Math.max(0, Math.min(seconds * 1000, now.getTime())));
  }
  return isCheck ? now : new Date(0);
}

/** The names that a sentence uses: the provider's, and the claim of the roles, "" without one. */
export type ProviderWords = { name: string; claim: string };

/** Why a sign-in failed, as the address of the sign-in page names it. */
const SIGN_IN_REFUSALS = {
  unreachable: ({ name }) =>
    `${name} cannot be reached now. Try again in a moment. If this continues, tell the operator of the portal.`,
  cancelled: ({ name }) => `The sign-in at ${name} was cancelled.`,
  refused: ({ name }) => `${name} refused the sign-in. Tell the operator of the portal if it happens again.`,
  expired: () => "This sign-in took too long or was started in another tab. Try again.",
  unverified: ({ name }) =>
    `The answer of ${name} could not be verified, so nobody was signed in. Try again.`,
  issuer: ({ name }) => `This sign-in was started for another provider than ${name}.`,
  email: ({ name }) =>
    `${name} does not confirm that your email address is verified (claim “email_verified”). Ask an owner of the portal for an invitation.`,
  email_missing: ({ name }) =>
    `${name} did not send your email address (claim “email”). Ask an owner of the portal for an invitation.`,
  taken: () => "The account with your email address belongs to another sign-in. Ask an owner of the portal.",
  unknown: () => "You have no account in this portal. Ask an owner of the portal for an invitation.",
  role: ({ name, claim }) =>
    `Nothing in the claim “${claim}” of your account at ${name} gives a role in this portal. Ask the people who manage ${name}.`,
  role_missing: ({ name, claim }) =>
    `${name} did not send the claim “${claim}”, which gives the role in this portal. Ask the people who manage ${name}.`,
  disabled: () => "Your account in this portal is disabled. Ask an owner of the portal.",
  owner: ({ name }) =>
    `You are the portal's only owner, and ${name} gives you another role. Ask the people who manage ${name}.`,
  invitation: () =>
    "This invitation was used already or has expired. Ask an owner of the portal for a new one.",
  no_sign_out: ({ name }) => `${name} offers no sign-out from here. You are signed out of this portal.`,
  busy: () => "The portal is busy. Try again in a moment.",
  storage: () =>
    "The portal cannot write to its disk now, so nobody can be signed in. Try again after the operator has fixed this.",
} satisfies Record<string, (words: ProviderWords) => string>;
export type SignInRefusal = keyof typeof SIGN_IN_REFUSALS;

/** The sentence for a problem that an address names; undefined for any other text. */
export function signInRefusalMessage(code: string | undefined, words: ProviderWords): string | undefined {
  return code !== undefined && Object.hasOwn(SIGN_IN_REFUSALS, code)
    ? SIGN_IN_REFUSALS[code as SignInRefusal](words)
    : undefined;
}

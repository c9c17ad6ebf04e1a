import { z } from "zod";
import { ROLES, type Role } from "#lib/actor.ts";
import { emailAddress } from "#lib/email.ts";

/** What the provider says of somebody: the claims of the ID token and of UserInfo together. */
export type Claims = Record<string, unknown>;

/** Which values of which claim give which role. */
export type RoleMapping = { claim: string; values: Record<Role, readonly string[]> };

/** A person at a provider. */
export type Identity = { issuer: string; subject: string; email: string; emailVerified: boolean };

const identityClaims = z.object({
  iss: z.string().min(1).max(2_000),
  sub: z.string().min(1).max(255),
  email: emailAddress.optional().catch(undefined),
  // OpenID Connect makes this a boolean; "true" as text is somebody's guess.
  email_verified: z.literal(true).optional().catch(undefined),
});

/** Who the claims speak of; null when they name nobody. An e-mail counts as verified only when they say so. */
export function identityOf(claims: Claims): Identity | null {
  const parsed = identityClaims.safeParse(claims);
  if (!parsed.success) return null;
  const { iss, sub, email = "", email_verified } = parsed.data;
  return { issuer: iss, subject: sub, email, emailVerified: email !== "" && email_verified === true };
}

/** A claim by its whole name, or else by a path into objects, as in Keycloak's `realm_access.roles`. */
export function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let found: unknown = claims;
  for (const key of name.split(".")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Claims)[key];
  }
  return found;
}

/** The highest role that a value of the claim gives; null is none. The claim is a text or a list of texts. */
export function roleOf(claims: Claims, { claim, values }: RoleMapping): Role | null {
  const given = [claimAt(claims, claim)].flat().filter((value) => typeof value === "string");
  return ROLES.findLast((role) => values[role].some((value) => given.includes(value))) ?? null;
}

/**
 * The role of an account after a sign-in; null refuses it. Without values for owners, owners are appointed in the portal, and a
 * claim leaves them so.
 */
export function roleAfterSignIn(
  claimed: Role | null,
  mapping: RoleMapping | null,
  current: Role | null,
): Role | null {
  if (!mapping) return current;
  if (current === "owner" && mapping.values.owner.length === 0) return current;
  return claimed;
}

/** Why single sign-on can refuse somebody, by the word in the address of the sign-in page. */
export const SIGN_IN_REFUSALS = {
  unreachable: (name: string) =>
    `${name} cannot be reached now. Try again in a moment; if it stays so, tell the operator of the portal.`,
  cancelled: (name: string) => `The sign-in at ${name} was cancelled.`,
  refused: (name: string) =>
    `${name} refused the sign-in. Tell the operator of the portal if it happens again.`,
  expired: () => "This sign-in took too long or was begun in another tab. Start once more.",
  unverified: (name: string) =>
    `The answer of ${name} could not be verified, so nobody was signed in. Try again.`,
  email: (name: string) =>
    `${name} does not say that your e-mail address is verified. Ask an owner of the portal for an invitation.`,
  taken: () => "The account with your e-mail address belongs to another sign-in. Ask an owner of the portal.",
  unknown: () => "You have no account in this portal. Ask an owner of the portal for an invitation.",
  role: (name: string) => `Your account at ${name} has no role in this portal. Ask who manages it.`,
  disabled: () => "Your account in this portal is disabled. Ask an owner of the portal.",
  owner: () =>
    "You are the portal's only owner, and the provider gives you another role. Ask who manages it.",
  invitation: () =>
    "This invitation was used already or has expired. Ask an owner of the portal for a new one.",
  busy: () => "The portal is busy with another change. Try again in a moment.",
  storage: () =>
    "The portal cannot write to its disk now, so nobody can be signed in. Try again when the operator has put it right.",
} satisfies Record<string, (name: string) => string>;
export type SignInRefusal = keyof typeof SIGN_IN_REFUSALS;

/** The sentence for the word in an address; undefined for any other word. */
export function signInRefusalMessage(code: string | undefined, name: string): string | undefined {
  return code !== undefined && Object.hasOwn(SIGN_IN_REFUSALS, code)
    ? SIGN_IN_REFUSALS[code as SignInRefusal](name)
    : undefined;
}

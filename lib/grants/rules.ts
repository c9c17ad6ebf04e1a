import { z } from "zod";
import { ROLES, type Role } from "#lib/actor.ts";
import { emailAddress } from "#lib/email.ts";
import { asTransform, type ReadResult, rowId } from "#lib/fields.ts";
import { organizationCode } from "#lib/organization-codes/rules.ts";
import { readTag } from "#lib/tags.ts";

/** The roles on organizations and tags; only the enterprise has owners. */
const GRANT_ROLES = ["viewer", "admin"] as const;
export type GrantRole = (typeof GRANT_ROLES)[number];

/** What a grant narrower than the enterprise is on: an organization by its code, or all organizations with a tag. */
export type GrantScope = { code: string; tag: null } | { code: null; tag: string };

/** How many organizations and tags one form, command or sign-in may name. */
export const GRANT_SCOPES_MAX = 100;
const SCOPES_TEXT_MAX_CHARACTERS = 10_000;

/** Reads one organization code or tag. A code has no colon, and a tag has one. */
export function readGrantScope(text: string): ReadResult<GrantScope> {
  if (text.normalize("NFKC").includes(":")) {
    const tag = readTag(text);
    return tag.ok ? { ok: true, value: { code: null, tag: tag.value } } : tag;
  }
  const code = organizationCode.safeParse(text);
  return code.success
    ? { ok: true, value: { code: code.data, tag: null } }
    : { ok: false, message: `“${text.trim().slice(0, 40)}”: ${code.error.issues[0]?.message ?? "no code."}` };
}

/** Reads codes and tags separated by commas, semicolons or lines, such as `MKT, faculty:science`. */
export function readGrantScopes(text: string): ReadResult<GrantScope[]> {
  if (text.length > SCOPES_TEXT_MAX_CHARACTERS) return { ok: false, message: "This list is too long." };
  const parts = text.split(/[,;\r\n]/).filter((part) => part.trim() !== "");
  if (parts.length > GRANT_SCOPES_MAX) {
    return { ok: false, message: `At most ${GRANT_SCOPES_MAX} organizations and tags at once.` };
  }
  const scopes: GrantScope[] = [];
  for (const part of parts) {
    const scope = readGrantScope(part);
    if (!scope.ok) return scope;
    scopes.push(scope.value);
  }
  return { ok: true, value: scopes };
}

export const grantScopes = z.string().default("").transform(asTransform(readGrantScopes));
const grantRole = z.enum(GRANT_ROLES, "Choose viewer or admin.");

/** A role of a portal user on some organizations or tags. */
export const addGrantsInput = z.object({
  id: rowId("Unknown portal user."),
  role: grantRole,
  scopes: z.string().transform((text, context) => {
    const scopes = asTransform(readGrantScopes)(text, context);
    if (Array.isArray(scopes) && scopes.length > 0) return scopes;
    context.addIssue({ code: "custom", message: "Enter an organization's code or a tag." });
    return z.NEVER;
  }),
});
export type AddGrantsInput = z.output<typeof addGrantsInput>;

/** A role on one organization. The portal user is named by email. */
export const grantOnOrganizationInput = z.object({
  organization: rowId("Unknown organization."),
  email: emailAddress,
  role: grantRole,
});
export type GrantOnOrganizationInput = z.output<typeof grantOnOrganizationInput>;

export const removeGrantInput = z.object({ grant: rowId("Unknown grant.") });

/** "Admin of MKT", "Viewer of faculty:science", "Owner of the enterprise". */
export function grantText({
  role,
  code,
  tag,
}: {
  role: Role;
  code: string | null;
  tag: string | null;
}): string {
  const name = `${role.slice(0, 1).toUpperCase()}${role.slice(1)}`;
  return `${name} of ${code ?? tag ?? "the enterprise"}`;
}

/** What a provider's claim gives: a role on the enterprise, null for none, and narrower grants. */
export type ClaimedGrants = {
  role: Role | null;
  grants: { role: GrantRole; scope: GrantScope }[];
  /** How many values began like a grant and were none. */
  unreadable: number;
};

const CLAIM_PREFIX = "bursar:";

function readClaimedGrant(text: string): { role: Role; scope: GrantScope | null } | null {
  const [roleText = "", ...rest] = text.slice(CLAIM_PREFIX.length).split(":");
  const role = ROLES.find((one) => one === roleText);
  if (!role) return null;
  if (rest.length === 0) return { role, scope: null };
  const isTag = rest[0] === "tag" && rest.length > 1;
  const scope = readGrantScope(isTag ? rest.slice(1).join(":") : rest.join(":"));
  // `bursar:admin:faculty:science` is no code, and a tag must say that it is one.
  if (!scope.ok || (scope.value.tag !== null) !== isTag) return null;
  return { role, scope: scope.value };
}

/**
 * Reads the values of the claim `OIDC_GRANT_CLAIM`: `bursar:admin:MKT` for an organization, `bursar:viewer:tag:faculty:science`
 * for a tag, `bursar:viewer` for the enterprise. Other values are other programs' and mean nothing here.
 */
export function readClaimedGrants(texts: readonly string[]): ClaimedGrants {
  let role: Role | null = null;
  let unreadable = 0;
  const grants = new Map<string, { role: GrantRole; scope: GrantScope }>();
  for (const text of texts.slice(0, 10_000)) {
    if (!text.startsWith(CLAIM_PREFIX)) continue;
    const grant = readClaimedGrant(text);
    if (!grant || (grant.scope && grant.role === "owner")) unreadable += 1;
    else if (grant.scope === null) {
      if (role === null || ROLES.indexOf(grant.role) > ROLES.indexOf(role)) role = grant.role;
    } else if (grant.role !== "owner" && grants.size < GRANT_SCOPES_MAX) {
      const key = JSON.stringify(grant.scope);
      const before = grants.get(key);
      if (before?.role !== "admin") grants.set(key, { role: grant.role, scope: grant.scope });
    }
  }
  return { role, grants: [...grants.values()], unreadable };
}

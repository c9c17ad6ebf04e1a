import { and, asc, eq, inArray, isNotNull, or, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { database, type Reader } from "#db/client.ts";
import { organizations, organizationTags, portalUserGrants, portalUsers } from "#db/schema/index.ts";
import type { Role } from "#lib/actor.ts";
import { manages, type Scope } from "#lib/scope/scope.ts";

/** A grant on an organization or a tag, as the pages list it. */
export type GrantItem = {
  id: number;
  portalUserId: number;
  role: Role;
  /** Null for a grant on a tag. */
  organization: { id: number; code: string; name: string } | null;
  tag: string | null;
  /** Whether the single sign-on provider gave it; it then ends when the provider no longer sends it. */
  fromProvider: boolean;
  /** The email or name of the actor at that time. */
  grantedBy: string | null;
  createdAt: Date;
};

/** More grants than the page can show would be a sign of a wrong claim. */
const GRANTS_LISTED = 5_000;

const FIELDS = {
  id: portalUserGrants.id,
  portalUserId: portalUserGrants.portalUserId,
  role: portalUserGrants.role,
  organization: { id: organizations.id, code: organizations.code, name: organizations.name },
  tag: portalUserGrants.tag,
  source: portalUserGrants.source,
  grantedBy: portalUserGrants.grantedBy,
  createdAt: portalUserGrants.createdAt,
};

const isNarrow = or(isNotNull(portalUserGrants.organizationId), isNotNull(portalUserGrants.tag));

function item<T extends { source: "portal" | "single_sign_on" }>({ source, ...row }: T) {
  return { ...row, fromProvider: source === "single_sign_on" };
}

/** The grants on organizations and tags of these portal users, in the order in which they were given. */
export function grantsOf(portalUserIds: readonly number[], reader: Reader = database()): GrantItem[] {
  return reader
    .select(FIELDS)
    .from(portalUserGrants)
    .leftJoin(organizations, eq(organizations.id, portalUserGrants.organizationId))
    .where(and(inArray(portalUserGrants.portalUserId, [...portalUserIds]), isNarrow))
    .orderBy(asc(portalUserGrants.id))
    .limit(GRANTS_LISTED)
    .all()
    .map(item);
}

/**
 * The grants that reach an organization, by itself or by a tag that it has, with the emails of their users; none unless
 * the scope manages the organization.
 */
export function grantsOnOrganization(
  scope: Scope,
  organizationId: number,
): (GrantItem & { email: string })[] {
  if (!manages(scope, organizationId)) return [];
  const ownTag = alias(organizationTags, "own_tag");
  return database()
    .select({ ...FIELDS, email: portalUsers.email })
    .from(portalUserGrants)
    .innerJoin(portalUsers, eq(portalUsers.id, portalUserGrants.portalUserId))
    .leftJoin(organizations, eq(organizations.id, portalUserGrants.organizationId))
    .where(
      or(
        eq(portalUserGrants.organizationId, organizationId),
        sql`${portalUserGrants.tag} IN (SELECT ${ownTag.tag} FROM ${organizationTags} AS own_tag WHERE ${ownTag.organizationId} = ${organizationId})`,
      ),
    )
    .orderBy(asc(portalUsers.emailKey), asc(portalUserGrants.id))
    .limit(GRANTS_LISTED)
    .all()
    .map(item);
}

import { and, eq, isNull } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { organizations, organizationTags, portalUserGrants, portalUsers } from "#db/schema/index.ts";
import type { Actor, Role } from "#lib/actor.ts";
import { actorLabel, recordAudit } from "#lib/audit/commands.ts";
import type { AuditChange } from "#lib/audit/rules.ts";
import { emailKey } from "#lib/email.ts";
import { organizationIds } from "#lib/organization-codes/queries.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertManages, assertRole, readsIn, scopeOfActor } from "#lib/scope/authorize.ts";
import { isWhole, reads } from "#lib/scope/scope.ts";
import type { AddGrantsInput, GrantOnOrganizationInput, GrantRole, GrantScope } from "./rules.ts";

type Source = "portal" | "single_sign_on";
type User = { id: number; email: string };

/** What a grant is on, in ids. */
type Place = { organizationId: number; tag: null } | { organizationId: null; tag: string };
type NewGrant = Place & { role: GrantRole };

/** What a grant is on; null if no organization has or had the code. */
function placeOf({ code, tag }: GrantScope, find: (code: string) => number | null): Place | null {
  if (tag !== null) return { organizationId: null, tag };
  const organizationId = find(code);
  return organizationId === null ? null : { organizationId, tag: null };
}

/** The ids of the codes; the code that no organization has is refused. Tags need no organization that has them. */
export function placesOf(tx: Transaction, scopes: readonly GrantScope[]): Result<Place[], "scopes"> {
  const find = organizationIds(tx);
  const places: Place[] = [];
  for (const scope of scopes) {
    const place = placeOf(scope, find);
    if (place === null) {
      return refused("organization_not_found", `There is no organization ${scope.code}.`, "scopes");
    }
    places.push(place);
  }
  return done(places);
}

const samePlace = ({ organizationId, tag }: Place) =>
  tag === null
    ? and(eq(portalUserGrants.organizationId, organizationId ?? 0), isNull(portalUserGrants.tag))
    : eq(portalUserGrants.tag, tag);

function changeOf(
  tx: Transaction,
  user: User,
  grant: { id: number; role: Role; organizationId: number | null; tag: string | null },
): Required<Pick<AuditChange, "subject">> & { values: NonNullable<AuditChange["after"]> } {
  const organization =
    grant.organizationId === null
      ? undefined
      : tx
          .select({ code: organizations.code })
          .from(organizations)
          .where(eq(organizations.id, grant.organizationId))
          .get();
  return {
    subject: { kind: "grant", id: grant.id, label: user.email },
    values: {
      role: grant.role,
      ...(organization && { organization: organization.code }),
      ...(grant.tag !== null && { tag: grant.tag }),
    },
  };
}

/**
 * Gives grants, in place of those from the same source on the same organization or tag.
 *
 * @returns how many are new or have another role
 */
export function insertGrants(
  tx: Transaction,
  user: User,
  grants: readonly NewGrant[],
  actor: Actor,
  source: Source = "portal",
): number {
  const now = new Date();
  let changed = 0;
  for (const grant of grants) {
    const before = tx
      .select()
      .from(portalUserGrants)
      .where(
        and(
          eq(portalUserGrants.portalUserId, user.id),
          eq(portalUserGrants.source, source),
          samePlace(grant),
        ),
      )
      .get();
    if (before?.role === grant.role) continue;
    if (before) deleteGrant(tx, user, before, actor);
    const row = tx
      .insert(portalUserGrants)
      .values({ portalUserId: user.id, ...grant, source, grantedBy: actorLabel(actor), createdAt: now })
      .returning()
      .get();
    const { subject, values } = changeOf(tx, user, row);
    recordAudit(tx, actor, [{ action: "grant.added", subject, after: values }]);
    changed += 1;
  }
  return changed;
}

/** Deletes a grant on an organization or a tag, with its audit entry. */
export function deleteGrant(
  tx: Transaction,
  user: User,
  grant: typeof portalUserGrants.$inferSelect,
  actor: Actor,
): void {
  const { subject, values } = changeOf(tx, user, grant);
  tx.delete(portalUserGrants).where(eq(portalUserGrants.id, grant.id)).run();
  recordAudit(tx, actor, [{ action: "grant.removed", subject, before: values }]);
}

/** Gives a portal user a role on organizations and tags. Owners may. @returns how many grants are new. */
export async function addGrants(
  { id, role, scopes }: AddGrantsInput,
  actor: Actor,
): Promise<Result<{ email: string; changed: number }, "scopes">> {
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const user = tx.select().from(portalUsers).where(eq(portalUsers.id, id)).get();
    if (!user) return refused("portal_user_not_found", "This portal user does not exist.");
    const places = placesOf(tx, scopes);
    if (!places.ok) return places;
    const changed = insertGrants(
      tx,
      user,
      places.value.map((place) => ({ ...place, role })),
      actor,
    );
    return done({ email: user.email, changed });
  });
}

/**
 * Gives the portal user with an email a role on one organization. Those who manage it may, because a role on one's own
 * organization is never more than one has. Only owners make accounts, so the account must exist.
 */
export async function grantOnOrganization(
  { organization, email, role }: GrantOnOrganizationInput,
  actor: Actor,
): Promise<Result<{ email: string; changed: number }, "email">> {
  return write((tx) => {
    assertManages(tx, actor, [organization]);
    const user = tx
      .select()
      .from(portalUsers)
      .where(and(eq(portalUsers.emailKey, emailKey(email)), isNull(portalUsers.disabledAt)))
      .get();
    if (!user) {
      return refused(
        "portal_user_not_found",
        "No active portal user has this email. An owner can invite them.",
        "email",
      );
    }
    const changed = insertGrants(tx, user, [{ organizationId: organization, tag: null, role }], actor);
    return done({ email: user.email, changed });
  });
}

/** Whether a grant reaches anything that the actor may read. To others it does not exist. */
function readsGrant(
  tx: Transaction,
  actor: Actor,
  { organizationId, tag }: typeof portalUserGrants.$inferSelect,
): boolean {
  if (tag === null) return readsIn(tx, actor, organizationId);
  const scope = scopeOfActor(tx, actor);
  return (
    isWhole(scope) ||
    tx
      .select({ id: organizationTags.organizationId })
      .from(organizationTags)
      .where(eq(organizationTags.tag, tag))
      .all()
      .some(({ id }) => reads(scope, id))
  );
}

/**
 * Removes a grant on an organization or a tag. Owners may remove any; those who manage an organization may remove
 * grants on it. A grant of the single sign-on provider would come back, so the provider has to end it.
 */
export async function removeGrant(
  { grant: id }: { grant: number },
  actor: Actor,
): Promise<Result<{ email: string; changed: boolean }>> {
  return write((tx) => {
    const row = tx
      .select({ grant: portalUserGrants, email: portalUsers.email })
      .from(portalUserGrants)
      .innerJoin(portalUsers, eq(portalUsers.id, portalUserGrants.portalUserId))
      .where(eq(portalUserGrants.id, id))
      .get();
    if (!row || !readsGrant(tx, actor, row.grant)) {
      return refused("grant_not_found", "This access was removed already.");
    }
    const { grant, email } = row;
    if (grant.organizationId === null) assertRole(tx, actor, "owner");
    else assertManages(tx, actor, [grant.organizationId]);
    if (grant.organizationId === null && grant.tag === null) {
      return refused("grant_on_enterprise", "A role on the enterprise is changed in Settings.");
    }
    if (grant.source === "single_sign_on") {
      return refused("grant_of_provider", "This access comes from single sign-on. End it at the provider.");
    }
    deleteGrant(tx, { id: grant.portalUserId, email }, grant, actor);
    return done({ email, changed: true });
  });
}

/** Makes the grants from the single sign-on provider those that it sends now. */
export function replaceProviderGrants(
  tx: Transaction,
  user: User,
  grants: readonly { role: GrantRole; scope: GrantScope }[],
  actor: Actor,
): { unknownCodes: number } {
  const find = organizationIds(tx);
  // By place, because an organization may be named by a former code too. Its highest role counts.
  const next = new Map<string, NewGrant>();
  let unknownCodes = 0;
  for (const { role, scope } of grants) {
    const place = placeOf(scope, find);
    if (place === null) {
      unknownCodes += 1;
      continue;
    }
    const key = `${place.organizationId} ${place.tag}`;
    if (next.get(key)?.role !== "admin") next.set(key, { ...place, role });
  }
  const present = tx
    .select()
    .from(portalUserGrants)
    .where(and(eq(portalUserGrants.portalUserId, user.id), eq(portalUserGrants.source, "single_sign_on")))
    .all();
  for (const grant of present) {
    const isNarrow = grant.organizationId !== null || grant.tag !== null;
    if (isNarrow && !next.has(`${grant.organizationId} ${grant.tag}`)) deleteGrant(tx, user, grant, actor);
  }
  insertGrants(tx, user, [...next.values()], actor, "single_sign_on");
  return { unknownCodes };
}

import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import { portalUserGrants } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { type Actor, hasRole, type Role } from "#lib/actor.ts";

declare const checked: unique symbol;

/**
 * What may be read and managed. Every read takes one, and only this module makes one, from what a session, an API key or
 * the command line has proved: a query without a scope does not compile.
 */
export type Scope = {
  readonly [checked]: true;
  /** The ids of the organizations that may be read; null is the whole enterprise. */
  readonly organizationIds: ReadonlySet<number> | null;
  /** The ids of the organizations whose members, allowances, keys and settings may be changed; null is all of them. */
  readonly managedIds: ReadonlySet<number> | null;
};

/** The ids of a scope as JSON, once for each scope, because most statements of a page bind them. */
const jsonOf = new WeakMap<ReadonlySet<number>, string>();

function idsAsJson(ids: ReadonlySet<number>): string {
  const json = jsonOf.get(ids) ?? JSON.stringify([...ids]);
  jsonOf.set(ids, json);
  return json;
}

const makeScope = (
  organizationIds: ReadonlySet<number> | null,
  managedIds: ReadonlySet<number> | null,
): Scope => ({ organizationIds, managedIds }) as Scope;

/** The whole enterprise: the scope of the command line and of what the portal does by itself. */
export function wholeScope(_actor: Actor & { kind: "operator" | "system" }): Scope {
  return makeScope(null, null);
}

/** What an API key may read: its organization, or the enterprise. A key manages nothing. */
export function scopeOfKey({ organizationId }: Actor & { kind: "api_key" }): Scope {
  return makeScope(organizationId === null ? null : new Set([organizationId]), new Set());
}

/** The condition of a grant on the whole enterprise. */
export const onEnterprise = and(isNull(portalUserGrants.organizationId), isNull(portalUserGrants.tag));

/** The grant of a portal user on the whole enterprise; undefined without one. */
export function enterpriseGrantOf(portalUserId: number, reader: Reader = database()) {
  return reader
    .select({ role: portalUserGrants.role, source: portalUserGrants.source })
    .from(portalUserGrants)
    .where(and(eq(portalUserGrants.portalUserId, portalUserId), onEnterprise))
    .get();
}

/** The role of a portal user on the whole enterprise; null without one. */
export function enterpriseRoleOf(portalUserId: number, reader: Reader = database()): Role | null {
  return enterpriseGrantOf(portalUserId, reader)?.role ?? null;
}

/** The ids of the organizations that a user's grants name or reach by a tag; with `role`, of the grants with that role. */
function organizationIdsOf(portalUserId: number, role: Role | null, reader: Reader): ReadonlySet<number> {
  const ofRole = role === null ? sql`` : sql`AND g.role = ${role}`;
  return new Set(
    statement(sql`SELECT g.organization_id FROM portal_user_grants g
      WHERE g.portal_user_id = ${portalUserId} AND g.organization_id IS NOT NULL ${ofRole}
      UNION ALL
      SELECT t.organization_id FROM portal_user_grants g JOIN organization_tags t ON t.tag = g.tag
      WHERE g.portal_user_id = ${portalUserId} AND g.tag IS NOT NULL ${ofRole}`).numbers({}, reader),
  );
}

/** The scope of a portal user, as of now. `role` is {@link enterpriseRoleOf}. */
export function scopeOfUser(portalUserId: number, role: Role | null, reader: Reader = database()): Scope {
  if (role === "admin" || role === "owner") return makeScope(null, null);
  const managed = organizationIdsOf(portalUserId, "admin", reader);
  return makeScope(role === "viewer" ? null : organizationIdsOf(portalUserId, null, reader), managed);
}

/** Whether the scope is the whole enterprise. */
export const isWhole = (scope: Scope): boolean => scope.organizationIds === null;

/** Whether an organization may be read. */
export const reads = ({ organizationIds }: Scope, organizationId: number): boolean =>
  organizationIds === null || organizationIds.has(organizationId);

/** Whether there is anything to read. */
export const readsAny = ({ organizationIds }: Scope): boolean =>
  organizationIds === null || organizationIds.size > 0;

/** Whether an organization's members, allowances, keys and settings may be changed. */
export const manages = ({ managedIds }: Scope, organizationId: number): boolean =>
  managedIds === null || managedIds.has(organizationId);

/** Whether there is an organization whose members, allowances, keys and settings may be changed. */
export const managesAny = ({ managedIds }: Scope): boolean => managedIds === null || managedIds.size > 0;

/**
 * What a page or a form needs: a role on the whole enterprise; "grant" for what shows or changes only what is in the
 * user's scope or belongs to the user; "organization_admin" for what changes an organization that the user manages.
 */
export type Access = Role | "grant" | "organization_admin";

/** Whether a user has the access. A command checks again which organization it changes. */
export function hasAccess({ role, scope }: { role: Role | null; scope: Scope }, needed: Access): boolean {
  if (needed === "grant") return true;
  return needed === "organization_admin" ? managesAny(scope) : hasRole(role, needed);
}

/**
 * The conditions that keep a statement inside the scope, to be joined with AND: none for the whole enterprise.
 *
 * @param column the column with the organization's id
 */
export function scopeConditions({ organizationIds }: Scope, column: SQL): SQL[] {
  if (organizationIds === null) return [];
  return [sql`${column} IN (SELECT value FROM json_each(${idsAsJson(organizationIds)}))`];
}

/** As {@link scopeConditions}, those that keep a statement to what may be changed: none where that is everything. */
export function managedConditions({ managedIds }: Scope, column: SQL): SQL[] {
  if (managedIds === null) return [];
  return [sql`${column} IN (SELECT value FROM json_each(${idsAsJson(managedIds)}))`];
}

/** The ids of the organizations in a scope, which is not the whole enterprise, as a table with the column `value`. */
export function organizationsIn({ organizationIds }: Scope): SQL {
  return sql`json_each(${idsAsJson(organizationIds ?? new Set())})`;
}

/** Up to this many organizations are looked up one by one. */
const FEW_ORGANIZATIONS = 1_000;

/** Whether a scope, which is not the whole enterprise, has so few organizations that each can be looked up. */
export const isFew = ({ organizationIds }: Scope): boolean =>
  (organizationIds?.size ?? 0) <= FEW_ORGANIZATIONS;

/** The part of a scope that has these organizations of it. */
export function partOf(scope: Scope, organizationIds: readonly number[]): Scope {
  const ids = new Set(organizationIds.filter((id) => reads(scope, id)));
  return makeScope(ids, new Set([...ids].filter((id) => manages(scope, id))));
}

import { and, eq, isNull } from "drizzle-orm";
import type { Reader, Transaction } from "#db/client.ts";
import { portalUsers } from "#db/schema/index.ts";
import { type Actor, ForbiddenError, hasRole, OutsideScopeError, type Role } from "#lib/actor.ts";
import {
  enterpriseRoleOf,
  isWhole,
  manages,
  reads,
  type Scope,
  scopeOfKey,
  scopeOfUser,
  wholeScope,
} from "./scope.ts";

// What each command checks in its transaction. The grants are read again there, because they may have changed since the
// request began.

function isEnabled(tx: Reader, portalUserId: number): boolean {
  const { id, disabledAt } = portalUsers;
  return (
    tx
      .select({ id })
      .from(portalUsers)
      .where(and(eq(id, portalUserId), isNull(disabledAt)))
      .get() !== undefined
  );
}

/** The role on the enterprise that a portal user has in this transaction; null for none. */
function presentRole(tx: Reader, actor: Actor & { kind: "portal_user" }): Role | null {
  return isEnabled(tx, actor.id) ? enterpriseRoleOf(actor.id, tx) : null;
}

/** Whether the actor has at least this role on the whole enterprise. */
export function actsAs(tx: Transaction, actor: Actor, needed: Role): boolean {
  if (actor.kind === "operator" || actor.kind === "system") return true;
  return actor.kind === "portal_user" && hasRole(presentRole(tx, actor), needed);
}

/**
 * For what concerns the whole enterprise: the actor has at least this role on it.
 *
 * @throws ForbiddenError
 */
export function assertRole(tx: Transaction, actor: Actor, needed: Role): void {
  if (!actsAs(tx, actor, needed)) throw new ForbiddenError(needed);
}

/**
 * For members, allowances, API keys and settings of these organizations: the actor manages all of them.
 *
 * @throws OutsideScopeError if one is outside what the actor may read
 * @throws ForbiddenError if one may be read but not managed
 */
export function assertManages(tx: Transaction, actor: Actor, organizationIds: Iterable<number>): void {
  if (actor.kind === "operator" || actor.kind === "system") return;
  if (actor.kind !== "portal_user") throw new ForbiddenError("admin");
  const scope = presentScope(tx, actor);
  for (const id of organizationIds) {
    if (!reads(scope, id)) throw new OutsideScopeError();
    if (!manages(scope, id)) throw new ForbiddenError("admin");
  }
}

/** The scope of a portal user in this transaction; nothing for a disabled account. */
function presentScope(tx: Reader, actor: Actor & { kind: "portal_user" }): Scope {
  // No account has the id 0.
  const id = isEnabled(tx, actor.id) ? actor.id : 0;
  return scopeOfUser(id, enterpriseRoleOf(id, tx), tx);
}

/** What the actor may read and manage in this transaction. */
export function scopeOfActor(tx: Reader, actor: Actor): Scope {
  if (actor.kind === "portal_user") return presentScope(tx, actor);
  return actor.kind === "api_key" ? scopeOfKey(actor) : wholeScope(actor);
}

/** Whether the actor may read what belongs to an organization, or to the whole enterprise (null). */
export function readsIn(tx: Transaction, actor: Actor, organizationId: number | null): boolean {
  const scope = scopeOfActor(tx, actor);
  return organizationId === null ? isWhole(scope) : reads(scope, organizationId);
}

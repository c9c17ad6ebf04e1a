import { eq } from "drizzle-orm";
import { isUniqueViolation, type Transaction, write } from "#db/client.ts";
import { portalUsers } from "#db/schema/index.ts";
import { type Actor, NO_ROLE, type Role } from "#lib/actor.ts";
import { fingerprint, recordAudit } from "#lib/audit/commands.ts";
import { insertGrants, placesOf } from "#lib/grants/commands.ts";
import type { GrantScope } from "#lib/grants/rules.ts";
import { done, type Refused, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { enterpriseRoleOf } from "#lib/scope/scope.ts";
import { passwordsAllowed } from "#lib/sign-in-settings.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import { findForSignIn, otherActiveOwners } from "../queries.ts";
import { hashPassword } from "../secrets.ts";
import {
  deleteLinksOf,
  endSessionsOf,
  insertLink,
  insertUser,
  setEnterpriseRole,
  subjectOf,
} from "./records.ts";
import { passwordRefusal, passwordsOff } from "./refusals.ts";

type CreateField = "email" | "password" | "role" | "scopes";

/**
 * Creates a portal user with a role on the whole enterprise or, with `scopes`, on those organizations and tags alone. With a password they can sign in at once. Without one, `link` is the path of a one-time link
 * by which they set their own.
 */
export async function createPortalUser(
  input: { email: string; role: Role; scopes?: readonly GrantScope[]; password?: string },
  actor: Actor,
): Promise<Result<{ id: number; email: string; link: string | null }, CreateField>> {
  const { scopes = [] } = input;
  if (input.password !== undefined && !passwordsAllowed()) return passwordsOff();
  const emailTaken = () => refused("email_taken", "There is already a portal user with this email.", "email");
  if (findForSignIn(input.email)) return emailTaken();
  if (input.password !== undefined) {
    const refusal = await passwordRefusal(input.password, input.email, "password");
    if (refusal) return refusal;
  }
  const passwordHash = input.password === undefined ? null : await hashPassword(input.password);
  try {
    return await write((tx) => {
      assertRole(tx, actor, "owner");
      const user = insertUser(tx, input.email, passwordHash);
      const refusal = giveRole(tx, user, input, actor);
      if (refusal) return refusal;
      const link = passwordHash === null ? insertLink(tx, user.id) : null;
      recordAudit(tx, actor, [
        {
          action: link ? "portal_user.invited" : "portal_user.created",
          subject: subjectOf(user),
          after: {
            email: user.email,
            ...(!scopes.length && { role: input.role }),
            passwordFingerprint: fingerprint(passwordHash),
          },
        },
      ]);
      return done({ ...user, link });
    });
  } catch (error) {
    if (isUniqueViolation(error)) return emailTaken();
    throw error;
  }
}

/** Gives a new account its role, on the enterprise or on what `scopes` name. */
function giveRole(
  tx: Transaction,
  user: { id: number; email: string },
  { role, scopes = [] }: { role: Role; scopes?: readonly GrantScope[] },
  actor: Actor,
): Refused<CreateField> | null {
  if (scopes.length === 0) {
    setEnterpriseRole(tx, user.id, role, actor);
    return null;
  }
  if (role === "owner") return refused("owner_of_part", "Only the whole enterprise has owners.", "role");
  const places = placesOf(tx, scopes);
  if (!places.ok) return places;
  insertGrants(
    tx,
    user,
    places.value.map((place) => ({ ...place, role })),
    actor,
  );
  return null;
}

/**
 * Changes a role on the whole enterprise and ends every session. The caller has made sure that the portal keeps an
 * owner.
 */
export function changeRole(
  tx: Transaction,
  user: { id: number; email: string; role: Role | null },
  role: Role | null,
  actor: Actor,
  source?: "portal" | "single_sign_on",
): void {
  setEnterpriseRole(tx, user.id, role, actor, source);
  endSessionsOf(tx, user.id);
  recordAudit(tx, actor, [
    {
      action: "portal_user.role_changed",
      subject: subjectOf(user),
      before: { role: user.role },
      after: { role },
    },
  ]);
}

function accountOf(tx: Transaction, id: number) {
  const user = tx.select().from(portalUsers).where(eq(portalUsers.id, id)).get();
  return user && { ...user, role: enterpriseRoleOf(id, tx) };
}

const lastOwner = () => refused<never>("last_owner", "There must be an owner. Promote someone else first.");

/**
 * Changes a role and ends every session of that user. Refuses to leave the portal without an owner who can sign in
 * and, with the `original` values of a form, to overwrite a change made since.
 *
 * @returns `changed`: false where the role was the same already, and the sessions go on.
 */
export async function setPortalUserRole(
  input: { id: number; role: Role | null },
  actor: Actor,
  original?: OriginalValues,
): Promise<Result<{ email: string; changed: boolean }>> {
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const user = accountOf(tx, input.id);
    if (!user) return refused("portal_user_not_found", "This portal user does not exist.");
    if (user.role === input.role) return done({ email: user.email, changed: false });
    const stale = staleEdit(original, { role: user.role ?? NO_ROLE });
    if (stale) return stale;
    if (user.role === "owner" && otherActiveOwners(tx, user.id) === 0) return lastOwner();
    changeRole(tx, user, input.role, actor);
    return done({ email: user.email, changed: true });
  });
}

/** Disables an account, which ends its sessions at once, or enables it again. */
export async function setPortalUserDisabled(
  input: { id: number; disabled: boolean },
  actor: Actor,
): Promise<Result<{ email: string; changed: boolean }>> {
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const user = accountOf(tx, input.id);
    if (!user) return refused("portal_user_not_found", "This portal user does not exist.");
    if ((user.disabledAt !== null) === input.disabled) return done({ email: user.email, changed: false });
    if (input.disabled && actor.kind === "portal_user" && actor.id === user.id) {
      return refused("own_account", "You can't disable your own account.");
    }
    if (input.disabled && user.role === "owner" && otherActiveOwners(tx, user.id) === 0) return lastOwner();
    tx.update(portalUsers)
      .set({ disabledAt: input.disabled ? new Date() : null })
      .where(eq(portalUsers.id, user.id))
      .run();
    if (input.disabled) {
      endSessionsOf(tx, user.id);
      deleteLinksOf(tx, user.id);
    }
    recordAudit(tx, actor, [
      { action: input.disabled ? "portal_user.disabled" : "portal_user.enabled", subject: subjectOf(user) },
    ]);
    return done({ email: user.email, changed: true });
  });
}

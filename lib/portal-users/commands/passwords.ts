import { eq } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { portalUsers } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { fingerprint, recordAudit } from "#lib/audit/commands.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { passwordsAllowed } from "#lib/sign-in-settings.ts";
import { findForSignIn, type PortalUser, passwordHashOf, userOfLink } from "../queries.ts";
import { tooManyTries } from "../rules.ts";
import { hashPassword, verifyPassword } from "../secrets.ts";
import { beginOwnPasswordTry, forgetFailures, settleTry } from "../throttle.ts";
import { deleteLinksOf, endSessionsOf, insertLink, subjectOf } from "./records.ts";
import { passwordRefusal, passwordsOff } from "./refusals.ts";

/**
 * Sets or clears a password, and removes what the old one gave access to: sessions, and links that set a password.
 * Deletes failed tries.
 */
export function replacePassword(
  tx: Transaction,
  user: { id: number; email: string },
  passwordHash: string | null,
): void {
  tx.update(portalUsers).set({ passwordHash }).where(eq(portalUsers.id, user.id)).run();
  forgetFailures(tx, user.email);
  deleteLinksOf(tx, user.id);
  endSessionsOf(tx, user.id);
}

/**
 * Sets a password, or without one makes a one-time link. Either way the old password stops working and every session
 * of that user ends: otherwise a person who has the old password could sign in with it and void the link.
 */
export async function resetPortalUser(
  input: { email: string; password?: string },
  actor: Actor,
): Promise<Result<{ email: string; link: string | null }, "email" | "password">> {
  if (input.password !== undefined && !passwordsAllowed()) return passwordsOff();
  if (input.password !== undefined) {
    const refusal = await passwordRefusal(input.password, input.email, "password");
    if (refusal) return refusal;
  }
  const passwordHash = input.password === undefined ? null : await hashPassword(input.password);
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const user = findForSignIn(input.email, tx);
    if (!user) return refused("portal_user_not_found", `There is no portal user ${input.email}.`, "email");
    if (user.disabledAt) {
      return refused("portal_user_disabled", `${user.email} is disabled: enable the account first.`, "email");
    }
    if (actor.kind === "portal_user" && actor.id === user.id) {
      return refused("own_account", "Change your own password on the page “Change password”.", "email");
    }
    replacePassword(tx, user, passwordHash);
    const link = passwordHash === null ? insertLink(tx, user.id) : null;
    recordAudit(tx, actor, [
      {
        action: link ? "portal_user.link_made" : "portal_user.password_changed",
        subject: subjectOf(user),
        after: { passwordFingerprint: fingerprint(passwordHash) },
      },
    ]);
    return done({ email: user.email, link });
  });
}

/** Sets a password by a one-time link, which is used up. */
export async function redeemPortalUserLink(
  input: { token: string; password: string },
  address: string | null,
): Promise<Result<PortalUser, "password">> {
  const invalid = () =>
    refused<"password">(
      "link_invalid",
      "This link was used already or has expired. Ask an owner for a new one.",
    );
  if (!passwordsAllowed()) return passwordsOff();
  // Looked up before the password is hashed, so that an invented link costs no hash.
  const invited = userOfLink(input.token);
  if (!invited) return invalid();
  const refusal = await passwordRefusal(input.password, invited.email, "password");
  if (refusal) return refusal;
  const passwordHash = await hashPassword(input.password);
  return write((tx) => {
    const user = userOfLink(input.token, tx);
    if (!user) return invalid();
    replacePassword(tx, user, passwordHash);
    recordAudit(tx, { kind: "portal_user", ...user, address }, [
      {
        action: "portal_user.password_changed",
        subject: subjectOf(user),
        after: { passwordFingerprint: fingerprint(passwordHash) },
      },
    ]);
    return done(user);
  });
}

/**
 * Changes one's own password and ends every session, the present one too: a copy of its cookie must not outlive the
 * old password. The caller starts a new session for this browser.
 */
export async function changeOwnPassword(
  input: { currentPassword: string; newPassword: string },
  actor: Actor & { kind: "portal_user" },
): Promise<Result<{ id: number }, "currentPassword" | "newPassword">> {
  const wrong = () => refused("password_wrong", "This is not your current password.", "currentPassword");
  if (!passwordsAllowed()) return passwordsOff();
  const currentHash = passwordHashOf(actor.id);
  const attempt = await write((tx) => beginOwnPasswordTry(tx, actor.id));
  if (!attempt.mayPass) {
    return refused("too_many_tries", tooManyTries(attempt.waitMs), "currentPassword");
  }
  if (!(await verifyPassword(currentHash, input.currentPassword))) return wrong();
  await write((tx) => settleTry(tx, attempt, "succeeded"));
  if (input.currentPassword.normalize("NFKC") === input.newPassword.normalize("NFKC")) {
    return refused("password_same", "This is your current password. Choose another one.", "newPassword");
  }
  const refusal = await passwordRefusal(input.newPassword, actor.email, "newPassword");
  if (refusal) return refusal;
  const passwordHash = await hashPassword(input.newPassword);
  return write((tx) => {
    if (passwordHashOf(actor.id, tx) !== currentHash) return wrong();
    replacePassword(tx, actor, passwordHash);
    recordAudit(tx, actor, [
      {
        action: "portal_user.password_changed",
        subject: subjectOf(actor),
        after: { passwordFingerprint: fingerprint(passwordHash) },
      },
    ]);
    return done({ id: actor.id });
  });
}

import { and, eq, isNull, lte } from "drizzle-orm";
import { database, isUniqueViolation, type Transaction, write } from "#db/client.ts";
import {
  portalSessions,
  portalUserIdentities,
  portalUserLinks,
  portalUsers,
  settings,
} from "#db/schema/index.ts";
import { type Actor, assertRole, type Role } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import type { AuditChange } from "#lib/audit/rules.ts";
import { emailKey } from "#lib/email.ts";
import { processWide } from "#lib/process-wide.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { applySettings } from "#lib/settings/commands.ts";
import type { SettingsInput } from "#lib/settings/rules.ts";
import { PASSWORDS_OFF, passwordsAllowed } from "#lib/single-sign-on/settings.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import {
  findForSignIn,
  hasOwner,
  otherActiveOwners,
  type PortalUser,
  passwordHashOf,
  userOfLink,
} from "./queries.ts";
import {
  isPasswordOfEmail,
  PASSWORD_IS_EMAIL,
  type SetupInput,
  tidyOneTimeCode,
  tooManyTries,
} from "./rules.ts";
import { hashPassword, newOneTimeCode, newToken, sameHash, tokenHash, verifyPassword } from "./secrets.ts";
import { beginOwnPasswordTry, beginTry, forgetFailures, settleTry } from "./throttle.ts";

/** Raised when more people try to sign in at once than there is time for. */
export class SignInBusyError extends Error {}

/** Raised for a try that came too soon after too many failed ones; the message says when the next may be made. */
export class SignInDelayedError extends Error {
  readonly waitMs: number;
  constructor(waitMs: number) {
    super(tooManyTries(waitMs));
    this.waitMs = waitMs;
  }
}

/** Raised for a try to sign in with a password where that is switched off. */
export class PasswordsOffError extends Error {
  constructor() {
    super(PASSWORDS_OFF);
  }
}

const passwordsOff = () => refused<never>("passwords_off", PASSWORDS_OFF);

const DAY_MS = 24 * 3600 * 1000;
/** How long a session lasts. */
export const SESSION_MS = 14 * DAY_MS;
/** How long an invitation or a reset link can be used. */
export const LINK_MS = 7 * DAY_MS;

const subject = (user: { id: number; email: string }): AuditChange["subject"] => ({
  kind: "portal_user",
  id: user.id,
  label: user.email,
});

export function insertUser(
  tx: Transaction,
  email: string,
  role: Role,
  passwordHash: string | null,
): { id: number; email: string } {
  return tx
    .insert(portalUsers)
    .values({ email, emailKey: emailKey(email), role, passwordHash, createdAt: new Date() })
    .returning({ id: portalUsers.id, email: portalUsers.email })
    .get();
}

const endSessions = (tx: Transaction, userId: number) =>
  tx.delete(portalSessions).where(eq(portalSessions.portalUserId, userId)).run();

/** A new password leaves nothing of the old one: no session, no link that would set it again, no failed try. */
function replacePassword(tx: Transaction, userId: number, passwordHash: string): void {
  const user = tx
    .update(portalUsers)
    .set({ passwordHash })
    .where(eq(portalUsers.id, userId))
    .returning({ email: portalUsers.email })
    .get();
  if (user) forgetFailures(tx, user.email);
  tx.delete(portalUserLinks).where(eq(portalUserLinks.portalUserId, userId)).run();
  endSessions(tx, userId);
}

const passwordIsEmail = <Field extends string>(field: Field) =>
  refused("password_is_email", PASSWORD_IS_EMAIL, field);

/** A new one-time link in place of any older one. @returns its path. */
function makeLink(tx: Transaction, userId: number): string {
  const token = newToken();
  const now = Date.now();
  tx.delete(portalUserLinks).where(eq(portalUserLinks.portalUserId, userId)).run();
  tx.insert(portalUserLinks)
    .values({
      tokenHash: tokenHash(token),
      portalUserId: userId,
      createdAt: new Date(now),
      expiresAt: new Date(now + LINK_MS),
    })
    .run();
  return `/invite/${token}`;
}

/** A change of role, which ends every session. Whether the portal keeps an owner is the caller's to ask first. */
export function changeRole(
  tx: Transaction,
  user: { id: number; email: string; role: Role },
  role: Role,
  actor: Actor,
): void {
  tx.update(portalUsers).set({ role }).where(eq(portalUsers.id, user.id)).run();
  endSessions(tx, user.id);
  recordAudit(tx, actor, [
    {
      action: "portal_user.role_changed",
      subject: subject(user),
      before: { role: user.role },
      after: { role },
    },
  ]);
}

/** Makes the first owner, by the one-time code of the console, and the settings. Of two tries at once, one wins. */
export async function setUpFirstOwner(
  input: SetupInput & SettingsInput,
  address: string | null,
): Promise<Result<{ id: number }, "oneTimeCode" | "password">> {
  if (!passwordsAllowed()) return passwordsOff();
  const wrong = () =>
    refused("code_wrong", "This is not the code that the console printed last.", "oneTimeCode");
  const given = tokenHash(tidyOneTimeCode(input.oneTimeCode));
  const matches = (expected: string | null | undefined) => Boolean(expected && sameHash(expected, given));
  // Looked at first, so that a wrong code costs no hash.
  if (!matches(database().select({ code: settings.setupCodeHash }).from(settings).get()?.code))
    return wrong();
  if (isPasswordOfEmail(input.password, input.email)) return passwordIsEmail("password");
  const passwordHash = await hashPassword(input.password);
  return write((tx) => {
    const expected = tx.select({ code: settings.setupCodeHash }).from(settings).get()?.code;
    if (hasOwner(tx) || !matches(expected)) return wrong();
    tx.update(settings).set({ setupCodeHash: null }).run();
    const user = insertUser(tx, input.email, "owner", passwordHash);
    const owner: Actor = { kind: "portal_user", ...user, role: "owner", address };
    recordAudit(tx, owner, [
      { action: "portal_user.created", subject: subject(user), after: { email: user.email, role: "owner" } },
    ]);
    applySettings(tx, input, owner);
    return done({ id: user.id });
  });
}

/** Makes the first owner from the environment; one without a password comes by single sign-on. Does nothing when there is an owner. */
export async function createFirstOwner(email: string, password: string | null): Promise<void> {
  if (hasOwner()) return;
  if (password !== null && isPasswordOfEmail(password, email)) {
    throw new Error(`OWNER_PASSWORD: ${PASSWORD_IS_EMAIL}`);
  }
  const passwordHash = password === null ? null : await hashPassword(password);
  await write((tx) => {
    if (hasOwner(tx)) return;
    const user = insertUser(tx, email, "owner", passwordHash);
    tx.update(settings).set({ setupCodeHash: null }).run();
    recordAudit(tx, { kind: "system" }, [
      { action: "portal_user.created", subject: subject(user), after: { email: user.email, role: "owner" } },
    ]);
  });
}

/** A new one-time code for `/setup`; the one before it no longer works. */
export async function issueSetupCode(): Promise<string> {
  const code = newOneTimeCode();
  await write((tx) =>
    tx
      .update(settings)
      .set({ setupCodeHash: tokenHash(tidyOneTimeCode(code)) })
      .run(),
  );
  return code;
}

/**
 * Makes a portal user. With a password they can sign in at once; without, `link` is the path of a one-time link by
 * which they set their own.
 */
export async function createPortalUser(
  input: { email: string; role: Role; password?: string },
  actor: Actor,
): Promise<Result<{ id: number; email: string; link: string | null }, "email" | "password">> {
  assertRole(actor, "owner");
  if (input.password !== undefined && !passwordsAllowed()) return passwordsOff();
  const taken = () => refused("email_taken", "There is a portal user with this e-mail already.", "email");
  if (findForSignIn(input.email)) return taken();
  if (input.password !== undefined && isPasswordOfEmail(input.password, input.email)) {
    return passwordIsEmail("password");
  }
  const passwordHash = input.password === undefined ? null : await hashPassword(input.password);
  try {
    return await write((tx) => {
      const user = insertUser(tx, input.email, input.role, passwordHash);
      const link = passwordHash === null ? makeLink(tx, user.id) : null;
      recordAudit(tx, actor, [
        {
          action: link ? "portal_user.invited" : "portal_user.created",
          subject: subject(user),
          after: { email: user.email, role: input.role },
        },
      ]);
      return done({ ...user, link });
    });
  } catch (error) {
    if (isUniqueViolation(error)) return taken();
    throw error;
  }
}

/** Sets a password, or without one makes a one-time link; either way every session of that user ends. */
export async function resetPortalUser(
  input: { email: string; password?: string },
  actor: Actor,
): Promise<Result<{ email: string; link: string | null }, "email" | "password">> {
  assertRole(actor, "owner");
  if (input.password !== undefined && !passwordsAllowed()) return passwordsOff();
  if (input.password !== undefined && isPasswordOfEmail(input.password, input.email)) {
    return passwordIsEmail("password");
  }
  const passwordHash = input.password === undefined ? null : await hashPassword(input.password);
  return write((tx) => {
    const user = findForSignIn(input.email, tx);
    if (!user) return refused("portal_user_not_found", `There is no portal user ${input.email}.`, "email");
    if (user.disabledAt) {
      return refused("portal_user_disabled", `${user.email} is disabled: enable the account first.`, "email");
    }
    const link = passwordHash === null ? makeLink(tx, user.id) : null;
    if (passwordHash === null) endSessions(tx, user.id);
    else replacePassword(tx, user.id, passwordHash);
    recordAudit(tx, actor, [
      { action: link ? "portal_user.link_made" : "portal_user.password_changed", subject: subject(user) },
    ]);
    return done({ email: user.email, link });
  });
}

/**
 * Changes a role and ends every session of that user. Refuses to leave the portal without an owner who can sign in
 * and, with the `original` values of a form, to overwrite a change made since.
 *
 * @returns `changed`: false where the role was the same already, and the sessions go on.
 */
export async function setPortalUserRole(
  input: { id: number; role: Role },
  actor: Actor,
  original?: OriginalValues,
): Promise<Result<{ email: string; changed: boolean }>> {
  assertRole(actor, "owner");
  return write((tx) => {
    const user = tx.select().from(portalUsers).where(eq(portalUsers.id, input.id)).get();
    if (!user) return refused("portal_user_not_found", "This portal user does not exist.");
    if (user.role === input.role) return done({ email: user.email, changed: false });
    const stale = staleEdit(original, { role: user.role });
    if (stale) return stale;
    if (user.role === "owner" && otherActiveOwners(tx, user.id) === 0) {
      return refused("last_owner", "The portal needs an owner: make somebody else one first.");
    }
    changeRole(tx, user, input.role, actor);
    return done({ email: user.email, changed: true });
  });
}

/** Disables an account, which ends its sessions at once, or enables it again. */
export async function setPortalUserDisabled(
  input: { id: number; disabled: boolean },
  actor: Actor,
): Promise<Result<{ email: string; changed: boolean }>> {
  assertRole(actor, "owner");
  return write((tx) => {
    const user = tx.select().from(portalUsers).where(eq(portalUsers.id, input.id)).get();
    if (!user) return refused("portal_user_not_found", "This portal user does not exist.");
    if ((user.disabledAt !== null) === input.disabled) return done({ email: user.email, changed: false });
    if (input.disabled && actor.kind === "portal_user" && actor.id === user.id) {
      return refused("own_account", "Nobody disables their own account: ask another owner.");
    }
    if (input.disabled && user.role === "owner" && otherActiveOwners(tx, user.id) === 0) {
      return refused("last_owner", "The portal needs an owner: make somebody else one first.");
    }
    tx.update(portalUsers)
      .set({ disabledAt: input.disabled ? new Date() : null })
      .where(eq(portalUsers.id, user.id))
      .run();
    if (input.disabled) {
      endSessions(tx, user.id);
      tx.delete(portalUserLinks).where(eq(portalUserLinks.portalUserId, user.id)).run();
    }
    recordAudit(tx, actor, [
      { action: input.disabled ? "portal_user.disabled" : "portal_user.enabled", subject: subject(user) },
    ]);
    return done({ email: user.email, changed: true });
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
  // Looked at first, so that a made-up link costs no hash.
  const invited = userOfLink(input.token);
  if (!invited) return invalid();
  if (isPasswordOfEmail(input.password, invited.email)) return passwordIsEmail("password");
  const passwordHash = await hashPassword(input.password);
  return write((tx) => {
    const user = userOfLink(input.token, tx);
    if (!user) return invalid();
    replacePassword(tx, user.id, passwordHash);
    recordAudit(tx, { kind: "portal_user", ...user, address }, [
      { action: "portal_user.password_changed", subject: subject(user) },
    ]);
    return done(user);
  });
}

/**
 * Changes one's own password and ends every session, the asking browser's too: a copy of its cookie must not outlive
 * the password. The caller signs that browser in anew.
 */
export async function changeOwnPassword(
  input: { currentPassword: string; newPassword: string },
  actor: Actor & { kind: "portal_user" },
): Promise<Result<{ id: number }, "currentPassword" | "newPassword">> {
  const wrong = () => refused("password_wrong", "This is not your current password.", "currentPassword");
  if (!passwordsAllowed()) return passwordsOff();
  const currentHash = passwordHashOf(actor.id);
  const attempt = await write((tx) => beginOwnPasswordTry(tx, actor.id));
  if (typeof attempt === "number") {
    return refused("too_many_tries", tooManyTries(attempt), "currentPassword");
  }
  if (!(await verifyPassword(currentHash, input.currentPassword))) return wrong();
  await write((tx) => settleTry(tx, attempt, "succeeded"));
  if (isPasswordOfEmail(input.newPassword, actor.email)) return passwordIsEmail("newPassword");
  const passwordHash = await hashPassword(input.newPassword);
  return write((tx) => {
    if (passwordHashOf(actor.id, tx) !== currentHash) return wrong();
    replacePassword(tx, actor.id, passwordHash);
    recordAudit(tx, actor, [{ action: "portal_user.password_changed", subject: subject(actor) }]);
    return done({ id: actor.id });
  });
}

/**
 * Starts a session. @returns its id, for the browser's cookie alone; null when the account is disabled, or its password
 * or identity is no longer the one that was checked. `alongside` runs in the same transaction.
 */
export async function startSession(
  userId: number,
  address: string | null,
  {
    checkedHash,
    identityId = null,
    alongside,
  }: {
    checkedHash?: string | null;
    /** The identity of single sign-on that let them in. */
    identityId?: number | null;
    alongside?: (tx: Transaction) => void;
  } = {},
): Promise<string | null> {
  const id = newToken();
  const now = new Date();
  return write((tx) => {
    const identity =
      identityId === null
        ? undefined
        : tx.select().from(portalUserIdentities).where(eq(portalUserIdentities.id, identityId)).get();
    if (identityId !== null && identity?.portalUserId !== userId) return null;
    const user = tx
      .update(portalUsers)
      .set({ lastSignInAt: now })
      .where(
        and(
          eq(portalUsers.id, userId),
          isNull(portalUsers.disabledAt),
          checkedHash ? eq(portalUsers.passwordHash, checkedHash) : undefined,
        ),
      )
      .returning({ id: portalUsers.id, email: portalUsers.email, role: portalUsers.role })
      .get();
    if (!user) return null;
    alongside?.(tx);
    tx.delete(portalSessions).where(lte(portalSessions.expiresAt, now)).run();
    tx.insert(portalSessions)
      .values({
        idHash: tokenHash(id),
        portalUserId: userId,
        createdAt: now,
        expiresAt: new Date(now.getTime() + SESSION_MS),
        address,
        identityId,
      })
      .run();
    recordAudit(tx, { kind: "portal_user", ...user, address }, [
      {
        action: "session.started",
        subject: subject(user),
        ...(identity && { after: { issuer: identity.issuer } }),
      },
    ]);
    return id;
  });
}

/** How many may be signing in at once; anyone can ask, and each takes a hash. */
const MAX_SIGNING_IN = 100;
const signIns = processWide("lib/portal-users/commands.signIns", () => ({ running: 0 }));

/**
 * Signs in by e-mail and password. @returns a new session's id, or null, in the same time whatever was wrong.
 *
 * @throws PasswordsOffError where passwords are switched off.
 * @throws SignInBusyError when too many others are at it.
 * @throws SignInDelayedError after too many failed tries, for an account that exists or not.
 */
export async function signInWithPassword(
  email: string,
  password: string,
  address: string | null,
): Promise<string | null> {
  if (!passwordsAllowed()) throw new PasswordsOffError();
  // Counted on the way in: tries that come together would each still find the queue for hashes empty.
  if (signIns.running >= MAX_SIGNING_IN) {
    throw new SignInBusyError("Too many people are signing in. Try again in a moment.");
  }
  signIns.running += 1;
  try {
    const user = findForSignIn(email);
    const attempt = await write((tx) => beginTry(tx, { email, user, address }));
    if (typeof attempt === "number") throw new SignInDelayedError(attempt);
    try {
      const hash = password.length > 1_000 ? null : (user?.passwordHash ?? null);
      const matches = await verifyPassword(hash, password.slice(0, 1_000));
      if (!user || !matches || user.disabledAt) return null;
      return await startSession(user.id, address, {
        checkedHash: hash,
        alongside: (tx) => settleTry(tx, attempt, "succeeded"),
      });
    } catch (error) {
      // Nothing was learned of the password.
      await write((tx) => settleTry(tx, attempt, "not made"));
      throw error;
    }
  } finally {
    signIns.running -= 1;
  }
}

/** Ends a session: its cookie is worth nothing from now on. `address` is where that was asked from. */
export async function endSession(sessionId: string, address: string | null): Promise<void> {
  await write((tx) => {
    const session = tx
      .delete(portalSessions)
      .where(eq(portalSessions.idHash, tokenHash(sessionId)))
      .returning({ userId: portalSessions.portalUserId })
      .get();
    const user = session && tx.select().from(portalUsers).where(eq(portalUsers.id, session.userId)).get();
    if (!user) return;
    recordAudit(tx, { kind: "portal_user", id: user.id, email: user.email, role: user.role, address }, [
      { action: "session.ended", subject: subject(user) },
    ]);
  });
}

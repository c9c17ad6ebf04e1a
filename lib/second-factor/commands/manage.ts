import { and, count, eq } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { authenticatorApps, passkeys, portalSessions } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { endSessionsOf } from "#lib/portal-users/commands/records.ts";
import { findForSignIn, passwordHashOf } from "#lib/portal-users/queries.ts";
import { hasSecondFactor } from "#lib/portal-users/required-factor.ts";
import { tokenHash } from "#lib/portal-users/secrets.ts";
import { done, type Refused, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { passwordsAllowed } from "#lib/sign-in-settings.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import { consumeChallenge } from "../challenges.ts";
import type { NewPasskey } from "../passkeys.ts";
import { authenticatorAppOf } from "../queries.ts";
import { MAX_PASSKEYS, readCode, UNCONFIRMED_APP_MS } from "../rules.ts";
import { openTotpSecret, sealTotpSecret } from "../secrets.ts";
import { acceptedStep, newTotpSecret } from "../totp.ts";
import { auditFactors, removeAllFactors, replaceRecoveryCodes, tidyRecoveryCodes } from "./records.ts";

/** A person who changes their own second factors, in the session `sessionId`. */
export type Self = Actor & { kind: "portal_user" };

/** What an added factor answers: the recovery codes that were made with the first one, to show once. */
export type NewFactor = { recoveryCodes: string[] | null };

/**
 * Why an account cannot have a second factor of this portal; null if it can. Accounts that only sign in by single
 * sign-on rely on their provider: a passkey here would still let in a person whom the provider has locked out.
 */
function withoutPassword(tx: Transaction, userId: number): Refused<never> | null {
  return passwordsAllowed() && passwordHashOf(userId, tx) !== null
    ? null
    : refused(
        "single_sign_on",
        "This account has no password here, because it signs in by single sign-on. Your provider asks for the second factor.",
      );
}

/**
 * The refusal of a new factor in a session that has ended; null if it goes on. Without it, a request that an intruder sent
 * just before an owner reset the account would add a factor afterwards.
 */
function sessionEnded(tx: Transaction, self: Self, sessionId: string): Refused<never> | null {
  const session = tx
    .select({ userId: portalSessions.portalUserId })
    .from(portalSessions)
    .where(eq(portalSessions.idHash, tokenHash(sessionId)))
    .get();
  return session?.userId === self.id ? null : refused("signed_out", "You are signed out. Sign in again.");
}

/**
 * What follows on a new factor. The first one makes the recovery codes and ends the other sessions, because a password
 * alone has let them in.
 */
function afterAdding(tx: Transaction, self: Self, isFirst: boolean, sessionId: string): string[] | null {
  if (!isFirst) return null;
  endSessionsOf(tx, self.id, tokenHash(sessionId));
  return replaceRecoveryCodes(tx, self.id);
}

/**
 * Makes the secret of a new authenticator app. It counts for nothing until {@link confirmAuthenticatorApp}, and only this
 * session can read it until then: an intruder in another session could otherwise copy it.
 */
export async function beginAuthenticatorApp(
  self: Self,
  sessionId: string,
  now = new Date(),
): Promise<Result<null>> {
  return write((tx) => {
    const refusal = sessionEnded(tx, self, sessionId) ?? withoutPassword(tx, self.id);
    if (refusal) return refusal;
    if (authenticatorAppOf(self.id, tx)?.confirmedAt) return refused("authenticator_exists", HAS_APP);
    const secret = sealTotpSecret(newTotpSecret(), { portalUserId: self.id, sessionId });
    const app = { secret, createdAt: now };
    tx.insert(authenticatorApps)
      .values({ portalUserId: self.id, ...app })
      .onConflictDoUpdate({ target: authenticatorApps.portalUserId, set: app })
      .run();
    return done(null);
  });
}

const HAS_APP = "You have an authenticator app already. Remove it before you set up another one.";

/** The secret of the app that is being set up in a session, in base32; null if there is none, or it has expired. */
export function unconfirmedSecret(userId: number, sessionId: string, now = new Date()): string | null {
  const app = authenticatorAppOf(userId);
  if (!app || app.confirmedAt) return null;
  if (now.getTime() - app.createdAt.getTime() > UNCONFIRMED_APP_MS) return null;
  return openTotpSecret(app.secret, { portalUserId: userId, sessionId });
}

/** Confirms a new authenticator app by a code that it shows. From then on sign-in asks for its codes. */
export async function confirmAuthenticatorApp(
  { code }: { code: string },
  self: Self,
  sessionId: string,
  now = new Date(),
): Promise<Result<NewFactor, "code">> {
  return write((tx) => {
    const refusal = sessionEnded(tx, self, sessionId) ?? withoutPassword(tx, self.id);
    if (refusal) return refusal;
    const app = authenticatorAppOf(self.id, tx);
    if (app?.confirmedAt) return refused("authenticator_exists", HAS_APP);
    const isOld = !app || now.getTime() - app.createdAt.getTime() > UNCONFIRMED_APP_MS;
    const secret = isOld ? null : openTotpSecret(app.secret, { portalUserId: self.id, sessionId });
    if (secret === null) {
      return refused("authenticator_expired", "This code was not confirmed in time. Start again.");
    }
    const step = acceptedStep(secret, readCode(code).code, { lastStep: null, now });
    if (step === null) {
      return refused(
        "code_wrong",
        "This is not the code that the app shows now. Check that the clock of your phone is right.",
        "code",
      );
    }
    const isFirst = !hasSecondFactor(self.id, tx);
    tx.update(authenticatorApps)
      .set({
        secret: sealTotpSecret(secret, { portalUserId: self.id, sessionId: null }),
        confirmedAt: now,
        lastStep: step,
      })
      .where(eq(authenticatorApps.portalUserId, self.id))
      .run();
    const codes = afterAdding(tx, self, isFirst, sessionId);
    auditFactors(tx, self, "portal_user.authenticator_added", self, {}, now);
    return done({ recoveryCodes: codes });
  });
}

export async function removeAuthenticatorApp(self: Self): Promise<Result<null>> {
  return write((tx) => {
    const { changes } = tx.delete(authenticatorApps).where(eq(authenticatorApps.portalUserId, self.id)).run();
    if (Number(changes) === 0) return refused("authenticator_missing", "You have no authenticator app.");
    tidyRecoveryCodes(tx, self.id);
    auditFactors(tx, self, "portal_user.authenticator_removed", self);
    return done(null);
  });
}

/** Stores a passkey that `checkCreation` has checked. */
export async function addPasskey(
  { name, passkey }: { name: string; passkey: NewPasskey },
  self: Self,
  sessionId: string,
  now = new Date(),
): Promise<Result<NewFactor, "name">> {
  return write((tx) => {
    const refusal = sessionEnded(tx, self, sessionId) ?? withoutPassword(tx, self.id);
    if (refusal) return refusal;
    const { challenge, ...credential } = passkey;
    if (!consumeChallenge(tx, challenge, now)) {
      return refused("challenge_used", "This was sent twice. Reload the page to see your passkeys.");
    }
    const present = tx
      .select({ rows: count() })
      .from(passkeys)
      .where(eq(passkeys.portalUserId, self.id))
      .get();
    if ((present?.rows ?? 0) >= MAX_PASSKEYS) {
      return refused("too_many_passkeys", `At most ${MAX_PASSKEYS} passkeys. Remove one first.`);
    }
    const isFirst = !hasSecondFactor(self.id, tx);
    const { changes } = tx
      .insert(passkeys)
      .values({ ...credential, portalUserId: self.id, name, createdAt: now })
      .onConflictDoNothing()
      .run();
    if (Number(changes) === 0) return refused("passkey_exists", "This passkey is registered already.");
    const codes = afterAdding(tx, self, isFirst, sessionId);
    auditFactors(tx, self, "portal_user.passkey_added", self, { passkey: name }, now);
    return done({ recoveryCodes: codes });
  });
}

export async function removePasskey({ id }: { id: number }, self: Self): Promise<Result<{ name: string }>> {
  return write((tx) => {
    const passkey = tx
      .delete(passkeys)
      .where(and(eq(passkeys.id, id), eq(passkeys.portalUserId, self.id)))
      .returning({ name: passkeys.name })
      .get();
    if (!passkey) return refused("passkey_not_found", "This passkey was removed already.");
    tidyRecoveryCodes(tx, self.id);
    auditFactors(tx, self, "portal_user.passkey_removed", self, { passkey: passkey.name });
    return done(passkey);
  });
}

/** Renames one's own passkey. With the `original` values of a form it refuses to overwrite a change made since. */
export async function renamePasskey(
  { id, name }: { id: number; name: string },
  self: Self,
  original?: OriginalValues,
): Promise<Result<{ changed: boolean }>> {
  return write((tx) => {
    const isOwn = and(eq(passkeys.id, id), eq(passkeys.portalUserId, self.id));
    const passkey = tx.select({ name: passkeys.name }).from(passkeys).where(isOwn).get();
    if (!passkey) return refused("passkey_not_found", "This passkey was removed already.");
    if (passkey.name === name) return done({ changed: false });
    const stale = staleEdit(original, { name: passkey.name });
    if (stale) return stale;
    tx.update(passkeys).set({ name }).where(isOwn).run();
    auditFactors(tx, self, "portal_user.passkey_renamed", self, { passkey: name }, new Date(), {
      passkey: passkey.name,
    });
    return done({ changed: true });
  });
}

/** Makes ten new recovery codes. The earlier ones stop working. */
export async function makeRecoveryCodes(self: Self): Promise<Result<{ recoveryCodes: string[] }>> {
  return write((tx) => {
    if (!hasSecondFactor(self.id, tx)) {
      return refused("no_second_factor", "Recovery codes replace a second factor. Add one first.");
    }
    const codes = replaceRecoveryCodes(tx, self.id);
    auditFactors(tx, self, "portal_user.recovery_codes_made", self);
    return done({ recoveryCodes: codes });
  });
}

/**
 * Removes every second factor and recovery code of an account, and ends its sessions. For a person who has lost them: an
 * owner does it for somebody else, the operator for anybody.
 */
export async function resetSecondFactor(
  input: { email: string },
  actor: Actor,
): Promise<Result<{ email: string }, "email">> {
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const user = findForSignIn(input.email, tx);
    if (!user) return refused("portal_user_not_found", `There is no portal user ${input.email}.`, "email");
    if (actor.kind === "portal_user" && actor.id === user.id) {
      return refused("own_account", "Change your own second factors on the page “Account”.", "email");
    }
    if (!hasSecondFactor(user.id, tx)) {
      return refused("no_second_factor", `${user.email} has no second factor.`, "email");
    }
    removeAllFactors(tx, user.id);
    endSessionsOf(tx, user.id);
    auditFactors(tx, actor, "portal_user.second_factor_reset", user);
    return done({ email: user.email });
  });
}

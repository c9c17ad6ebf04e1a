import { eq } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { portalSessions } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { passwordHashOf } from "#lib/portal-users/queries.ts";
import { hasSecondFactor } from "#lib/portal-users/required-factor.ts";
import { PASSWORD_TEXT_MAX_UNITS, tooManyTries } from "#lib/portal-users/rules.ts";
import { tokenHash, verifyPassword } from "#lib/portal-users/secrets.ts";
import { beginOwnPasswordTry, settleTry } from "#lib/portal-users/throttle.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { passwordsAllowed } from "#lib/sign-in-settings.ts";
import { type ConfirmationKind, confirmationKind } from "../rules.ts";
import { type FactorAnswer, passSecondFactor } from "./check.ts";

/** By what this account confirms who its person is. */
export function confirmationKindOf(userId: number): ConfirmationKind {
  return confirmationKind({
    hasSecondFactor: hasSecondFactor(userId),
    hasPassword: passwordsAllowed() && passwordHashOf(userId) !== null,
  });
}

const setConfirmed = (tx: Transaction, sessionId: string, now: Date) =>
  tx
    .update(portalSessions)
    .set({ confirmedAt: now })
    .where(eq(portalSessions.idHash, tokenHash(sessionId)))
    .run();

/** A password is compared only where the account has no second factor: otherwise it would replace it. */
async function confirmByPassword(
  person: Actor & { kind: "portal_user" },
  sessionId: string,
  password: string,
  now: Date,
): Promise<Result<null>> {
  const hash = passwordHashOf(person.id);
  const attempt = await write((tx) => beginOwnPasswordTry(tx, person.id, now));
  if (!attempt.mayPass) return refused("too_many_tries", tooManyTries(attempt.waitMs), "password");
  const matches = password.length <= PASSWORD_TEXT_MAX_UNITS && (await verifyPassword(hash, password));
  return write((tx) => {
    if (!matches || passwordHashOf(person.id, tx) !== hash) {
      return refused("password_wrong", "This is not your password.", "password");
    }
    settleTry(tx, attempt, "succeeded");
    setConfirmed(tx, sessionId, now);
    return done(null);
  });
}

/**
 * Proves once more who the person in this session is. @returns the refusals of `passSecondFactor`, `password_wrong`, or
 * `confirmation_kind` if the account confirms by something else.
 */
export async function confirmSession(
  person: Actor & { kind: "portal_user" },
  sessionId: string,
  answer: FactorAnswer | { password: string },
  now = new Date(),
): Promise<Result<null>> {
  const kind = confirmationKindOf(person.id);
  if (kind === "password" && "password" in answer) {
    return confirmByPassword(person, sessionId, answer.password, now);
  }
  if (kind === "second_factor" && !("password" in answer)) {
    const passed = await passSecondFactor(
      person,
      answer,
      (tx) => {
        setConfirmed(tx, sessionId, now);
        return null;
      },
      now,
    );
    return passed.ok ? done(null) : passed;
  }
  return refused("confirmation_kind", "Confirm who you are in the way that is asked for.");
}

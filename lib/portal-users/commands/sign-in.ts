import { eq } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { portalUsers } from "#db/schema/index.ts";
import { addressBlock } from "#lib/network-address.ts";
import { processWide } from "#lib/process-wide.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { passwordsAllowed } from "#lib/sign-in-settings.ts";
import { insertPendingSignIn } from "../pending-sign-ins.ts";
import { findForSignIn } from "../queries.ts";
import { hasSecondFactor } from "../required-factor.ts";
import { PASSWORD_TEXT_MAX_UNITS, tooManyTries } from "../rules.ts";
import { verifyPassword } from "../secrets.ts";
import { auditDelay, beginTry, settleTry } from "../throttle.ts";
import { passwordsOff } from "./refusals.ts";
import { insertSession } from "./sessions.ts";

/** Sign-ins that may run at once, because anyone can ask for one and each takes a hash. */
const MAX_SIGN_INS = 100;
/** And from one address, so that one visitor cannot fill the queue for everybody. */
const MAX_SIGN_INS_OF_ADDRESS = 10;
/** Longer emails are not looked up, in UTF-16 units. No account has one (RFC 5321: 254 characters). */
const EMAIL_MAX_UNITS = 1_000;

const running = processWide("lib/portal-users/sign-in", () => ({
  total: 0,
  byBlock: new Map<string, number>(),
}));

/** Runs `work` unless too many sign-ins are running. @returns null when they are. */
async function inTurn<T>(address: string | null, work: () => Promise<T>): Promise<T | null> {
  const block = address === null ? null : addressBlock(address);
  const ofBlock = block === null ? 0 : (running.byBlock.get(block) ?? 0);
  if (running.total >= MAX_SIGN_INS || ofBlock >= MAX_SIGN_INS_OF_ADDRESS) return null;
  running.total += 1;
  if (block !== null) running.byBlock.set(block, ofBlock + 1);
  try {
    return await work();
  } finally {
    running.total -= 1;
    const rest = block === null ? 0 : (running.byBlock.get(block) ?? 0) - 1;
    if (block !== null && rest > 0) running.byBlock.set(block, rest);
    else if (block !== null) running.byBlock.delete(block);
  }
}

/** The end of the first step: a session, or a sign-in that waits for the second factor. */
export type SignedIn = { sessionId: string } | { pendingToken: string };

async function tryPassword(
  email: string,
  password: string,
  address: string | null,
): Promise<Result<SignedIn>> {
  const user = email.length > EMAIL_MAX_UNITS ? undefined : findForSignIn(email);
  const attempt = await write((tx) =>
    beginTry(tx, { email: email.slice(0, EMAIL_MAX_UNITS), user, address }),
  );
  try {
    const isComparable = attempt.mayPass && password.length <= PASSWORD_TEXT_MAX_UNITS;
    const hash = isComparable ? (user?.passwordHash ?? null) : null;
    const matches = await verifyPassword(hash, password.slice(0, PASSWORD_TEXT_MAX_UNITS));
    const signedIn =
      user && matches && !user.disabledAt
        ? await write((tx) => {
            const next = beginSessionOrSecondStep(tx, user.id, address, { checkedHash: hash });
            if (next) settleTry(tx, attempt, "succeeded");
            return next;
          })
        : null;
    if (signedIn !== null) return done(signedIn);
  } catch (error) {
    // The password was not compared, so this try does not count.
    await write((tx) => settleTry(tx, attempt, "not made"));
    throw error;
  }
  if (attempt.filled) {
    await write((tx) => auditDelay(tx, attempt, "portal_user.sign_in_delayed", user, address));
  }
  return attempt.waitMs > 0
    ? refused("too_many_tries", tooManyTries(attempt.waitMs))
    : refused("credentials_wrong", "Incorrect email or password.");
}

/**
 * What follows on a right password, a used password link or a changed password: a session, or for an account with a
 * second factor a sign-in that waits for it. @returns null when the account is disabled or `checkedHash` is no longer
 * its password.
 */
export function beginSessionOrSecondStep(
  tx: Transaction,
  userId: number,
  address: string | null,
  { checkedHash }: { checkedHash?: string | null } = {},
): SignedIn | null {
  const user = tx.select().from(portalUsers).where(eq(portalUsers.id, userId)).get();
  if (!user || user.disabledAt || (checkedHash && user.passwordHash !== checkedHash)) return null;
  if (hasSecondFactor(userId, tx)) return { pendingToken: insertPendingSignIn(tx, userId) };
  const sessionId = insertSession(tx, userId, address);
  return sessionId === null ? null : { sessionId };
}

/**
 * Signs in by email and password. @returns a new session, or a sign-in that waits for the second factor; or the
 * refusal `credentials_wrong`, `too_many_tries`, `sign_in_busy` or `passwords_off`. Neither the text nor the time of a
 * refusal reveals whether the account exists.
 */
export async function signInWithPassword(
  email: string,
  password: string,
  address: string | null,
): Promise<Result<SignedIn>> {
  if (!passwordsAllowed()) return passwordsOff();
  const outcome = await inTurn(address, () => tryPassword(email, password, address));
  return outcome ?? refused("sign_in_busy", "Too many people are signing in. Try again in a moment.");
}

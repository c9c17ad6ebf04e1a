import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { write } from "#db/client.ts";
import { cookieName, isBehindTls } from "#lib/config.ts";
import { keepSession } from "#lib/portal-users/auth.ts";
import { beginSessionOrSecondStep, type SignedIn } from "#lib/portal-users/commands/sign-in.ts";
import { PENDING_SIGN_IN_MS } from "#lib/portal-users/pending-sign-ins.ts";
import { HOME } from "#lib/portal-users/rules.ts";
import { newToken } from "#lib/portal-users/secrets.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { CHALLENGE_MS } from "#lib/second-factor/challenges.ts";
import { landingOfSession } from "./landing.ts";

/**
 * What follows on a password link or on setup: a session, or the second step where the account has a second factor.
 */
export async function signedInFor(userId: number, address: string | null): Promise<Result<SignedIn>> {
  const signedIn = await write((tx) => beginSessionOrSecondStep(tx, userId, address));
  return signedIn === null
    ? refused("account_disabled", "This account was disabled. Ask an owner of the portal.")
    : done(signedIn);
}

/** A sign-in that waits for its second factor. */
const PENDING_COOKIE = "bursar-second-step";
/** A browser that asked to sign in by a passkey. */
const PASSKEY_COOKIE = "bursar-passkey";

async function setCookie(name: string, value: string, maxAge: number): Promise<void> {
  (await cookies()).set(cookieName(name), value, {
    path: "/",
    httpOnly: true,
    secure: isBehindTls(),
    sameSite: "lax",
    maxAge,
  });
}

const cookie = async (name: string) => (await cookies()).get(cookieName(name))?.value || null;

/** The token of the sign-in that waits for its second factor in this browser. */
export const pendingToken = () => cookie(PENDING_COOKIE);

/** A token that binds a passkey's challenge to this browser, which gets it as a cookie. */
export async function newBrowserToken(): Promise<string> {
  const token = newToken();
  await setCookie(PASSKEY_COOKIE, token, CHALLENGE_MS / 1000);
  return token;
}

/** The token that {@link newBrowserToken} gave to this browser. */
export const browserToken = () => cookie(PASSKEY_COOKIE);

/** Ends the first step of a sign-in: gives the browser its session, or leads to the second step. */
export async function finishFirstStep(signedIn: SignedIn, to: string): Promise<never> {
  if ("sessionId" in signedIn) {
    await keepSession(signedIn.sessionId);
    redirect(landingOfSession(signedIn.sessionId, to));
  }
  await setCookie(PENDING_COOKIE, signedIn.pendingToken, PENDING_SIGN_IN_MS / 1000);
  redirect(secondStepHref(to));
}

/** Ends the second step: gives the browser the new session. */
export async function finishSecondStepIn(sessionId: string): Promise<void> {
  await setCookie(PENDING_COOKIE, "", 0);
  await keepSession(sessionId);
}

function secondStepHref(to: string): string {
  return to === HOME
    ? "/sign-in/second-factor"
    : `/sign-in/second-factor?${new URLSearchParams({ callbackUrl: to })}`;
}

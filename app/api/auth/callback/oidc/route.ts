import { notFound, redirect } from "next/navigation";
import { landingOfSession } from "#app/landing.ts";
import {
  type Attempt,
  callbackAddress,
  signedOutAddress,
  takeAttempt,
} from "#app/sign-in/single-sign-on/attempt.ts";
import { problemHref } from "#app/sign-in/single-sign-on/problem.ts";
import { DatabaseBusyError, DatabaseUnavailableError, storageError } from "#db/unavailable.ts";
import { keepSession, ownOrigin } from "#lib/portal-users/auth.ts";
import { startSession } from "#lib/portal-users/commands/sessions.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { clientAddress } from "#lib/request-context.ts";
import { type SingleSignOn, singleSignOn } from "#lib/sign-in-settings.ts";
import { isLinked, signInByClaims } from "#lib/single-sign-on/commands.ts";
import { finishAtIssuer, signOutAtIssuer } from "#lib/single-sign-on/issuer.ts";
import { checkedAt, type SignInRefusal } from "#lib/single-sign-on/rules.ts";

/** Signs in by the provider's answer, which leads to `path`. @returns the address to go to, of a refusal too. */
async function finish(
  request: Request,
  settings: SingleSignOn,
  attempt: Attempt,
  path: string,
): Promise<string> {
  const refusal = (problem: string) => problemHref(problem, path);
  const returned = await callbackAddress(new URL(request.url).search);
  const told = await finishAtIssuer(settings, returned, attempt, isLinked);
  if (!told.ok) return refusal(told.code);
  try {
    const signedIn = await signInByClaims(told.value, settings, attempt.invitation);
    if (!signedIn.ok) return refusal(signedIn.code);
    const { userId, identityId } = signedIn.value;
    const session = await startSession(userId, clientAddress(request.headers), {
      identityId,
      confirmedAt: checkedAt(told.value.claims, { isCheck: attempt.isCheck === true, now: new Date() }),
    });
    // The account was disabled between the two.
    if (session === null) return refusal("disabled" satisfies SignInRefusal);
    await keepSession(session);
    return landingOfSession(session, path);
  } catch (error) {
    if (error instanceof DatabaseBusyError) return refusal("busy" satisfies SignInRefusal);
    if (error instanceof DatabaseUnavailableError || storageError(error))
      return refusal("storage" satisfies SignInRefusal);
    throw error;
  }
}

/** Where the provider sends the browser back with its answer. */
export async function GET(request: Request): Promise<Response> {
  const settings = singleSignOn();
  if (!settings) notFound();
  const attempt = await takeAttempt(new URL(request.url).searchParams.get("state"));
  if (!attempt) redirect(problemHref("expired"));
  if (attempt.endsSession) {
    const returned = await callbackAddress(new URL(request.url).search);
    const address = await signOutAtIssuer(settings, await signedOutAddress(), { returned, checks: attempt });
    redirect(address.ok ? address.value.href : problemHref(address.code));
  }
  const callbackUrl = safeReturnPath(attempt.callbackUrl, ownOrigin(request.headers));
  redirect(await finish(request, settings, attempt, callbackUrl));
}

import { notFound, redirect } from "next/navigation";
import { AuthError } from "next-auth";
import { callbackAddress, takeAttempt } from "#app/sign-in/single-sign-on/attempt.ts";
import { problemHref } from "#app/sign-in/single-sign-on/problem.ts";
import { DatabaseBusyError, DatabaseUnavailableError, storageError } from "#db/unavailable.ts";
import { issueTicket, ownOrigin, signIn } from "#lib/portal-users/auth.ts";
import { HOME, safeReturnPath } from "#lib/portal-users/rules.ts";
import { signInByClaims } from "#lib/single-sign-on/commands.ts";
import { finishAtIssuer } from "#lib/single-sign-on/issuer.ts";
import type { SignInRefusal } from "#lib/single-sign-on/rules.ts";
import { type SingleSignOn, singleSignOn } from "#lib/single-sign-on/settings.ts";

type Attempt = NonNullable<Awaited<ReturnType<typeof takeAttempt>>>;

/** Signs in by what the provider answered. @returns what went wrong, or null. */
async function finish(settings: SingleSignOn, attempt: Attempt, search: string): Promise<string | null> {
  const claims = await finishAtIssuer(settings, await callbackAddress(search), attempt);
  if (!claims.ok) return claims.code;
  try {
    const found = await signInByClaims(claims.value, settings, attempt.invitation);
    if (!found.ok) return found.code;
    const { userId, identityId } = found.value;
    await signIn("ticket", { ticket: issueTicket(userId, identityId), redirect: false });
    return null;
  } catch (error) {
    const cause = error instanceof AuthError ? error.cause?.err : error;
    if (cause instanceof DatabaseBusyError) return "busy" satisfies SignInRefusal;
    if (cause instanceof DatabaseUnavailableError || storageError(cause))
      return "storage" satisfies SignInRefusal;
    // The account was disabled in this very moment.
    if (error instanceof AuthError && error.type === "CredentialsSignin")
      return "disabled" satisfies SignInRefusal;
    throw error;
  }
}

/** Where the provider sends the browser back with its answer. */
export async function GET(request: Request): Promise<Response> {
  const settings = singleSignOn();
  if (!settings) notFound();
  const attempt = await takeAttempt();
  if (!attempt) redirect(problemHref("expired" satisfies SignInRefusal, HOME));
  const callbackUrl = safeReturnPath(attempt.callbackUrl, ownOrigin(request.headers));
  const problem = await finish(settings, attempt, new URL(request.url).search);
  redirect(problem === null ? callbackUrl : problemHref(problem, callbackUrl));
}

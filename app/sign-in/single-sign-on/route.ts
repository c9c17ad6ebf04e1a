import { notFound, redirect } from "next/navigation";
import { cameFromOurPage } from "#app/same-origin.ts";
import { ownOrigin } from "#lib/portal-users/auth.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { signInHref } from "#lib/portal-users/session.ts";
import { beginAtIssuer } from "#lib/single-sign-on/issuer.ts";
import { singleSignOn } from "#lib/single-sign-on/settings.ts";
import { callbackAddress, keepAttempt } from "./attempt.ts";
import { problemHref } from "./problem.ts";

/** Sends the browser to the provider. A link and no form: `form-action 'self'` then holds for every page. */
export async function GET(request: Request): Promise<Response> {
  const settings = singleSignOn();
  if (!settings) notFound();
  const asked = new URL(request.url).searchParams;
  const callbackUrl = safeReturnPath(asked.get("callbackUrl"), ownOrigin(request.headers));
  // Or another site could link whoever follows it to an account that was prepared for them.
  if (!cameFromOurPage(request.headers)) redirect(signInHref(callbackUrl));
  const begun = await beginAtIssuer(settings, (await callbackAddress()).href);
  if (!begun.ok) redirect(problemHref(begun.code, callbackUrl));
  const invitation = asked.get("invitation");
  await keepAttempt({ ...begun.value.checks, callbackUrl, ...(invitation !== null && { invitation }) });
  redirect(begun.value.url.href);
}

import { notFound, redirect } from "next/navigation";
import { cameFromOurPage } from "#app/same-origin.ts";
import { singleSignOn } from "#lib/sign-in-settings.ts";
import { beginSignOutAtIssuer } from "#lib/single-sign-on/issuer.ts";
import { callbackAddress, keepAttempt } from "../attempt.ts";
import { problemHref } from "../problem.ts";

/** Sends the browser to the provider to sign out there, by way of the callback. */
export async function GET(request: Request): Promise<Response> {
  const settings = singleSignOn();
  if (!settings) notFound();
  // Otherwise another site could sign its visitors out of the provider.
  if (!cameFromOurPage(request.headers)) redirect("/sign-in/signed-out");
  const begun = await beginSignOutAtIssuer(settings, (await callbackAddress()).href);
  if (!begun.ok) redirect(problemHref(begun.code));
  await keepAttempt({ ...begun.value.checks, callbackUrl: "/", endsSession: true });
  redirect(begun.value.url.href);
}

import { notFound, redirect } from "next/navigation";
import { cameFromOurPage } from "#app/same-origin.ts";
import { singleSignOn } from "#lib/sign-in-settings.ts";
import { signOutAtIssuer } from "#lib/single-sign-on/issuer.ts";
import { signedOutAddress } from "../attempt.ts";
import { problemHref } from "../problem.ts";

/** Sends the browser to the provider to sign out there. */
export async function GET(request: Request): Promise<Response> {
  const settings = singleSignOn();
  if (!settings) notFound();
  // Otherwise another site could sign its visitors out of the provider.
  if (!cameFromOurPage(request.headers)) redirect("/sign-in/signed-out");
  const address = await signOutAtIssuer(settings, await signedOutAddress());
  redirect(address.ok ? address.value.href : problemHref(address.code));
}

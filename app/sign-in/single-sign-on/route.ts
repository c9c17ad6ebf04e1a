import { notFound, redirect } from "next/navigation";
import { cameFromOurPage } from "#app/same-origin.ts";
import { ownOrigin } from "#lib/portal-users/auth.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { currentUser, signInHref } from "#lib/portal-users/session.ts";
import { CONFIRMATION_MS } from "#lib/second-factor/rules.ts";
import { type SingleSignOn, singleSignOn } from "#lib/sign-in-settings.ts";
import { beginAtIssuer } from "#lib/single-sign-on/issuer.ts";
import { callbackAddress, keepAttempt } from "./attempt.ts";
import { problemHref } from "./problem.ts";

const LOGIN_HINT_MAX_CHARACTERS = 254;

function isOurIssuer(iss: string, { issuer }: SingleSignOn): boolean {
  return URL.canParse(iss) && new URL(iss).href === issuer.href;
}

/**
 * Sends the browser to the provider. Reached by a link and not by a form, so that `form-action 'self'` holds for every
 * page; and by the provider's own tile, as OpenID Connect Core, section 4, describes (`iss`, `target_link_uri`,
 * `login_hint`).
 */
export async function GET(request: Request): Promise<Response> {
  const settings = singleSignOn();
  if (!settings) notFound();
  const query = new URL(request.url).searchParams;
  const callbackUrl = safeReturnPath(
    query.get("callbackUrl") ?? query.get("target_link_uri"),
    ownOrigin(request.headers),
  );
  const invitation = query.get("invitation");
  const isFromElsewhere = !cameFromOurPage(request.headers);
  // Otherwise another site could link its visitors to an account that was prepared for them.
  if (isFromElsewhere && invitation !== null) redirect(signInHref(callbackUrl));
  // A link on another site does not replace the session of a person who is signed in.
  if (isFromElsewhere && (await currentUser())) redirect(callbackUrl);
  const iss = query.get("iss");
  if (iss !== null && !isOurIssuer(iss, settings)) redirect(problemHref("issuer", callbackUrl));
  const hint = query.get("login_hint")?.slice(0, LOGIN_HINT_MAX_CHARACTERS) ?? null;
  // An action that asks who the person is leads here, and a new session counts as the answer.
  const isCheck = query.has("confirm");
  const begun = await beginAtIssuer(settings, (await callbackAddress()).href, {
    loginHint: hint,
    maxAgeSeconds: isCheck ? CONFIRMATION_MS / 1000 : null,
  });
  if (!begun.ok) redirect(problemHref(begun.code, callbackUrl));
  await keepAttempt({
    ...begun.value.checks,
    callbackUrl,
    isCheck,
    ...(invitation !== null && { invitation }),
  });
  redirect(begun.value.url.href);
}

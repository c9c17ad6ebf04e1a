import type { Metadata } from "next";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { landing } from "#app/landing.ts";
import { SignInForm } from "#components/portal-users/credentials-forms.tsx";
import { FrontPage } from "#components/portal-users/front-page.tsx";
import { PasskeySignIn } from "#components/portal-users/second-step-forms.tsx";
import { SingleSignOnLink } from "#components/portal-users/single-sign-on-link.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { ownOrigin } from "#lib/portal-users/auth.ts";
import { hasOwner } from "#lib/portal-users/queries.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { currentUser, enrolHref, enrollingUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { passwordsAllowed, singleSignOn } from "#lib/sign-in-settings.ts";
import { signInRefusalMessage } from "#lib/single-sign-on/rules.ts";
import { beginPasskeySignInAction, passkeySignInAction, signInAction } from "./actions.ts";

/** The `problem` with which the page of the second step leads back here. */
const SECOND_STEP_EXPIRED = "second_step";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const query = await searchParams;
  const [claimed] = [query.callbackUrl].flat();
  const callbackUrl = safeReturnPath(claimed, ownOrigin(await headers()));
  const user = await currentUser();
  if (user) redirect(landing(user.scope, callbackUrl));
  if (await enrollingUser()) redirect(enrolHref(callbackUrl));
  const provider = singleSignOn();
  const byPassword = passwordsAllowed();
  if (byPassword && !hasOwner()) redirect("/setup");
  const [code] = [query.problem].flat();
  const problem =
    code === SECOND_STEP_EXPIRED
      ? "This sign-in has expired. Sign in again."
      : provider &&
        signInRefusalMessage(code, {
          name: provider.name,
          claim: provider.roles?.claim ?? provider.grantClaim ?? "",
        });
  // The provider is the only way in. With a problem, the page shows it; a redirect would run into it again.
  if (provider && !byPassword && !problem) {
    redirect(`/sign-in/single-sign-on?${new URLSearchParams({ callbackUrl })}`);
  }
  return (
    <FrontPage title="Sign in" intro={`to ${getSettings().enterpriseName}`}>
      <div className="grid gap-4">
        {problem && <Alert tone="error">{problem}</Alert>}
        {byPassword && <SignInForm callbackUrl={callbackUrl} action={signInAction} />}
        {byPassword && (
          <PasskeySignIn
            callbackUrl={callbackUrl}
            begin={beginPasskeySignInAction}
            action={passkeySignInAction}
          />
        )}
        {provider && (
          <SingleSignOnLink name={provider.name} query={{ callbackUrl }} isOnlyWay={!byPassword} />
        )}
      </div>
    </FrontPage>
  );
}

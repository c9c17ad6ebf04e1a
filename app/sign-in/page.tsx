import type { Metadata } from "next";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { SignInForm } from "#components/portal-users/credentials-forms.tsx";
import { FrontPage } from "#components/portal-users/front-page.tsx";
import { SingleSignOnLink } from "#components/portal-users/single-sign-on-link.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { ownOrigin } from "#lib/portal-users/auth.ts";
import { hasOwner } from "#lib/portal-users/queries.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { currentUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { signInRefusalMessage } from "#lib/single-sign-on/rules.ts";
import { passwordsAllowed, singleSignOn } from "#lib/single-sign-on/settings.ts";
import { signInAction } from "./actions.ts";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const asked = await searchParams;
  const [claimed] = [asked.callbackUrl].flat();
  const callbackUrl = safeReturnPath(claimed, ownOrigin(await headers()));
  if (await currentUser()) redirect(callbackUrl);
  const provider = singleSignOn();
  const byPassword = passwordsAllowed();
  if (byPassword && !hasOwner()) redirect("/setup");
  const problem = provider && signInRefusalMessage([asked.problem].flat()[0], provider.name);
  return (
    <FrontPage title="Sign in" intro={`to ${getSettings().enterpriseName}`}>
      <div className="grid gap-4">
        {problem && <Alert tone="error">{problem}</Alert>}
        {byPassword && <SignInForm callbackUrl={callbackUrl} action={signInAction} />}
        {provider && (
          <SingleSignOnLink name={provider.name} asked={{ callbackUrl }} isOnlyWay={!byPassword} />
        )}
      </div>
    </FrontPage>
  );
}

import type { Metadata } from "next";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { SignInForm } from "#components/portal-users/credentials-forms.tsx";
import { FrontPage } from "#components/portal-users/front-page.tsx";
import { ownOrigin } from "#lib/portal-users/auth.ts";
import { hasOwner } from "#lib/portal-users/queries.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { currentUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { signInAction } from "./actions.ts";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const claimed = [(await searchParams).callbackUrl].flat()[0];
  const callbackUrl = safeReturnPath(claimed, ownOrigin(await headers()));
  if (await currentUser()) redirect(callbackUrl);
  if (!hasOwner()) redirect("/setup");
  return (
    <FrontPage title="Sign in" intro={`to ${getSettings().enterpriseName}`}>
      <SignInForm callbackUrl={callbackUrl} action={signInAction} />
    </FrontPage>
  );
}

import type { Metadata } from "next";
import { connection } from "next/server";
import { FrontPage } from "#components/portal-users/front-page.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { getSettings } from "#lib/settings/queries.ts";
import { singleSignOn } from "#lib/sign-in-settings.ts";

export const metadata: Metadata = { title: "Signed out" };

/** After a session by single sign-on, because the provider may still know this browser and let anybody in again. */
export default async function SignedOutPage() {
  await connection();
  const provider = singleSignOn();
  return (
    <FrontPage title="You are signed out" intro={`of ${getSettings().enterpriseName}`}>
      <div className="grid gap-4">
        {provider && (
          <>
            <p>You may still be signed in at {provider.name}. On a shared computer, sign out there too.</p>
            {/* Plain links: a fetch ahead of the click would start what nobody asked for. */}
            <a href="/sign-in/single-sign-on/end" className={buttonClass()}>
              {`Sign out of ${provider.name}`}
            </a>
          </>
        )}
        <a href="/sign-in" className={buttonClass({ variant: "primary" })}>
          Sign in again
        </a>
      </div>
    </FrontPage>
  );
}

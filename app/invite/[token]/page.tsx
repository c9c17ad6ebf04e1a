import type { Metadata } from "next";
import { NewPasswordForm } from "#components/portal-users/credentials-forms.tsx";
import { FrontPage } from "#components/portal-users/front-page.tsx";
import { SingleSignOnLink } from "#components/portal-users/single-sign-on-link.tsx";
import { userOfLink } from "#lib/portal-users/queries.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { passwordsAllowed, singleSignOn } from "#lib/sign-in-settings.ts";
import { acceptInvitationAction } from "./actions.ts";

// The address holds a secret. The portal's Referrer-Policy, same-origin, keeps it from other sites; a stricter one would
// blank the Origin header of a form sent without JavaScript, which is then refused.
export const metadata: Metadata = { title: "Set your password" };

export default async function InvitePage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const user = userOfLink(token);
  if (!user) {
    return (
      <FrontPage title="This link no longer works">
        <p>It was used already or has expired. Ask an owner of the portal for a new one.</p>
      </FrontPage>
    );
  }
  const provider = singleSignOn();
  const byPassword = passwordsAllowed();
  return (
    <FrontPage
      title={byPassword ? "Set your password" : "Accept your invitation"}
      intro={`${user.email} at ${getSettings().enterpriseName}`}
    >
      <div className="grid gap-4">
        {byPassword && <NewPasswordForm token={token} action={acceptInvitationAction} />}
        {provider && (
          <SingleSignOnLink name={provider.name} query={{ invitation: token }} isOnlyWay={!byPassword} />
        )}
      </div>
    </FrontPage>
  );
}

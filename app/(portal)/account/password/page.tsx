import type { Metadata } from "next";
import { AccountTabs } from "#components/portal-users/account-tabs.tsx";
import { ChangePasswordForm } from "#components/portal-users/credentials-forms.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { requireUser } from "#lib/portal-users/session.ts";
import { PASSWORDS_OFF, passwordsAllowed } from "#lib/sign-in-settings.ts";
import { changePasswordAction } from "./actions.ts";

export const metadata: Metadata = { title: "Change password" };

export default async function PasswordPage() {
  const user = await requireUser("/account/password", "grant");
  return (
    <div className="mx-auto max-w-md">
      <PageHeader title="Change password" description={user.email} />
      <AccountTabs tab="password" />
      <Card>
        {passwordsAllowed() ? (
          <ChangePasswordForm email={user.email} action={changePasswordAction} />
        ) : (
          <p>{PASSWORDS_OFF}</p>
        )}
      </Card>
    </div>
  );
}

import type { Metadata } from "next";
import { QrCode } from "#components/portal-users/qr-code.tsx";
import { ConfirmAppForm } from "#components/portal-users/second-factor-forms.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { requireAccount } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { unconfirmedSecret } from "#lib/second-factor/commands/manage.ts";
import { totpUri } from "#lib/second-factor/totp.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { confirmAuthenticatorAction } from "../actions.ts";

export const metadata: Metadata = { title: "Set up an authenticator app" };

export default async function AuthenticatorPage({
  searchParams,
}: {
  searchParams: Promise<RawSearchParams>;
}) {
  const { user, sessionId } = await requireAccount("/account/authenticator");
  const [wanted] = [(await searchParams).next].flat();
  const secret = unconfirmedSecret(user.id, sessionId);
  return (
    <div className="mx-auto max-w-md">
      <PageHeader title="Set up an authenticator app" description={user.email} />
      <Card>
        <ConfirmAppForm
          action={confirmAuthenticatorAction}
          next={wanted ? safeReturnPath(wanted) : "/account"}
          setup={
            secret === null ? null : (
              <Setup secret={secret} email={user.email} issuer={getSettings().enterpriseName} />
            )
          }
        />
      </Card>
    </div>
  );
}

function Setup({ secret, email, issuer }: { secret: string; email: string; issuer: string }) {
  return (
    <div className="grid justify-items-start gap-3">
      <p>Scan this code with an authenticator app, such as the one of your password manager.</p>
      <QrCode text={totpUri(secret, { email, issuer })} label="QR code for the authenticator app" />
      <p className="text-[0.8125rem] text-muted">
        Or type this key into the app:{" "}
        <span className="font-mono wrap-anywhere text-ink select-all" data-testid="authenticator-key">
          {secret.replace(/.{4}(?=.)/g, "$& ")}
        </span>
      </p>
    </div>
  );
}

import type { Metadata } from "next";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { pendingToken } from "#app/start-session.ts";
import { FrontPage } from "#components/portal-users/front-page.tsx";
import {
  SecondStepByApp,
  SecondStepByPasskey,
  SecondStepByRecoveryCode,
} from "#components/portal-users/second-step-forms.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { ownOrigin } from "#lib/portal-users/auth.ts";
import { pendingSignIn } from "#lib/portal-users/pending-sign-ins.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { tokenHash } from "#lib/portal-users/secrets.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { requestOptions, siteOf } from "#lib/second-factor/passkeys.ts";
import { authenticatorAppOf, passkeysOf } from "#lib/second-factor/queries.ts";
import { secondStepBinding } from "#lib/second-factor/rules.ts";
import { finishSecondStepAction } from "./actions.ts";

export const metadata: Metadata = { title: "Second factor" };

/** The second step of a sign-in, between the password and the session. */
export default async function SecondFactorPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const origin = ownOrigin(await headers());
  const callbackUrl = safeReturnPath([(await searchParams).callbackUrl].flat()[0], origin);
  const token = await pendingToken();
  const pending = token === null ? null : pendingSignIn(tokenHash(token), new Date());
  if (token === null || pending === null) {
    redirect(`/sign-in?${new URLSearchParams({ problem: "second_step", callbackUrl })}`);
  }
  const site = siteOf(origin);
  const passkeys = passkeysOf(pending.userId).filter(
    ({ relyingParty }) => relyingParty === site.relyingParty,
  );
  const hasApp = authenticatorAppOf(pending.userId)?.confirmedAt != null;
  const step = { callbackUrl, action: finishSecondStepAction };
  return (
    <FrontPage title="Second factor" intro={pending.email}>
      <div className="grid gap-4">
        {passkeys.length > 0 && (
          <SecondStepByPasskey
            {...step}
            options={
              await requestOptions({
                site,
                allowed: passkeys,
                boundTo: secondStepBinding(tokenHash(token)),
              })
            }
          />
        )}
        {hasApp && <SecondStepByApp {...step} />}
        <SecondStepByRecoveryCode {...step} open={!hasApp && passkeys.length === 0} />
        <p className="text-[0.8125rem] text-muted">
          Without any of these, ask an owner of the portal to reset your second factor.{" "}
          <SoftLink href="/sign-in" className="underline">
            Start again
          </SoftLink>
        </p>
      </div>
    </FrontPage>
  );
}

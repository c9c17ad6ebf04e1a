import type { Metadata } from "next";
import type { ReactNode } from "react";
import { readSingleKeys } from "#app/single-keys.ts";
import { AccountTabs } from "#components/portal-users/account-tabs.tsx";
import {
  AddPasskeyForm,
  BeginAppForm,
  RecoveryCodesForm,
  RemoveFactorForm,
  RenamePasskeyForm,
} from "#components/portal-users/second-factor-forms.tsx";
import { SingleKeysForm } from "#components/portal-users/single-keys-form.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { passwordHashOf } from "#lib/portal-users/queries.ts";
import { HOME, safeReturnPath } from "#lib/portal-users/rules.ts";
import { requireAccount } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { type SecondFactor, secondFactorOf } from "#lib/second-factor/queries.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { passwordsAllowed } from "#lib/sign-in-settings.ts";
import { type Calendar, formatDate, formatDateTime } from "#lib/time.ts";
import { setSingleKeysAction } from "../actions.ts";
import {
  addPasskeyAction,
  beginAuthenticatorAction,
  beginPasskeyAction,
  makeRecoveryCodesAction,
  removeAuthenticatorAction,
  removePasskeyAction,
  renamePasskeyAction,
} from "./actions.ts";

export const metadata: Metadata = { title: "Second factor" };

/** One's own passkeys, authenticator app and recovery codes. */
export default async function AccountPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const { user, isEnrolling } = await requireAccount("/account");
  const [wanted] = [(await searchParams).next].flat();
  const next = isEnrolling ? safeReturnPath(wanted ?? HOME) : "/account";
  const calendar = getSettings();
  const factors = secondFactorOf(user.id);
  const hasAny = factors.passkeys.length > 0 || factors.authenticatorApp !== null;
  const hasPassword = passwordsAllowed() && passwordHashOf(user.id) !== null;
  return (
    <div className="mx-auto max-w-2xl">
      <PageHeader title={isEnrolling ? "Add a second factor" : "Account"} description={user.email} />
      {isEnrolling ? (
        <div className="mb-6">
          <Alert tone="warning">
            <p>
              {calendar.enterpriseName} requires a second factor. Add a passkey or an authenticator app to go
              on.
            </p>
          </Alert>
        </div>
      ) : (
        <AccountTabs tab="second-factor" />
      )}
      {hasPassword || hasAny ? (
        <div className="grid gap-6">
          <Section
            title="Passkeys"
            text="A passkey signs you in by your fingerprint, face, PIN or security key. It works on this portal’s address alone, so a forged copy of this site cannot use it."
          >
            <PasskeyList passkeys={factors.passkeys} calendar={calendar} />
            {hasPassword && (
              <AddPasskeyForm begin={beginPasskeyAction} action={addPasskeyAction} next={next} />
            )}
          </Section>
          <Section
            title="Authenticator app"
            text="An app on your phone shows a new code every 30 seconds. Sign-in asks for it after your password."
          >
            <AuthenticatorApp app={factors.authenticatorApp} calendar={calendar} next={next} />
          </Section>
          {hasAny && (
            <Section
              title="Recovery codes"
              text="If you lose your passkey or your phone, a recovery code lets you sign in once."
            >
              <RecoveryCodesForm
                action={makeRecoveryCodesAction}
                next="/account"
                left={factors.recoveryCodesLeft}
              />
            </Section>
          )}
        </div>
      ) : (
        <Card>
          <p>
            You sign in by single sign-on, so your provider asks for the second factor. There is nothing to
            set up here.
          </p>
        </Card>
      )}
      {!isEnrolling && (
        <div className="mt-6">
          <Section
            title="Keyboard"
            text="On every page, / goes to the search, j and k move in a list, x selects, and ? shows all keys. Turn them off if you speak to your computer, or press keys by accident. Ctrl K keeps opening the search."
          >
            <SingleKeysForm on={await readSingleKeys()} action={setSingleKeysAction} />
          </Section>
        </div>
      )}
    </div>
  );
}

function Section({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <Card>
      <section className="grid gap-4">
        <div>
          <h2 className="font-semibold">{title}</h2>
          <p className="mt-1 text-[0.8125rem] text-muted">{text}</p>
        </div>
        {children}
      </section>
    </Card>
  );
}

function LastUse({ at, calendar }: { at: Date | null; calendar: Calendar }) {
  if (!at) return "never used";
  return (
    <>
      last used <time dateTime={at.toISOString()}>{formatDateTime(at, calendar)}</time>
    </>
  );
}

function PasskeyList({ passkeys, calendar }: { passkeys: SecondFactor["passkeys"]; calendar: Calendar }) {
  if (passkeys.length === 0) return null;
  return (
    <ul className="divide-y divide-line rounded-md border border-line">
      {passkeys.map(({ id, name, relyingParty, createdAt, lastUsedAt }) => (
        <li key={id} className="flex flex-wrap items-start justify-between gap-3 p-3">
          <div className="min-w-0">
            <h3 className="font-medium wrap-anywhere">{name}</h3>
            <p className="text-[0.8125rem] text-muted">
              Added <time dateTime={createdAt.toISOString()}>{formatDate(createdAt, calendar)}</time>,{" "}
              <LastUse at={lastUsedAt} calendar={calendar} />, works at {relyingParty}
            </p>
          </div>
          <div className="flex flex-wrap items-start gap-2">
            <RenamePasskeyForm action={renamePasskeyAction} passkey={{ id, name }} />
            <RemoveFactorForm
              action={removePasskeyAction}
              fields={{ id: String(id) }}
              button="Remove"
              of={name}
            >
              <p>You can no longer sign in with it. Delete it from your device too.</p>
            </RemoveFactorForm>
          </div>
        </li>
      ))}
    </ul>
  );
}

function AuthenticatorApp({
  app,
  calendar,
  next,
}: {
  app: SecondFactor["authenticatorApp"];
  calendar: Calendar;
  next: string;
}) {
  if (!app) return <BeginAppForm action={beginAuthenticatorAction} next={next} />;
  return (
    <div className="flex flex-wrap items-start justify-between gap-3">
      <p>
        Set up <time dateTime={app.createdAt.toISOString()}>{formatDate(app.createdAt, calendar)}</time>,{" "}
        <LastUse at={app.lastUsedAt} calendar={calendar} />
      </p>
      <RemoveFactorForm action={removeAuthenticatorAction} button="Remove" of="the authenticator app">
        <p>Its codes no longer work. Without another second factor, your password alone signs you in.</p>
      </RemoveFactorForm>
    </div>
  );
}

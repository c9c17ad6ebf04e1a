"use client";

import type { ReactNode } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { EmailField, SelectField } from "#components/ui/field.tsx";
import { Form, useFormAnswer } from "#components/ui/form.tsx";
import { OneTimeSecret } from "#components/ui/one-time-secret.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import { NO_ROLE, NO_ROLE_LABEL } from "#lib/actor.ts";
import type { FormAction } from "#lib/form-state.ts";
import { ScopesField } from "./scopes-field.tsx";

const ROLES = [
  ["viewer", "Viewer – read-only"],
  ["admin", "Admin – everything except users and settings"],
  ["owner", "Owner – everything"],
] as const;

/** A link that is shown once. */
function OneTimeLink() {
  const { finished, values } = useFormAnswer();
  const { link, email, mailed } = values ?? {};
  if (!finished || !link) return null;
  return (
    <>
      {mailed && mailed !== "yes" && (
        <Alert tone="warning">The link could not be sent by email. {mailed}</Alert>
      )}
      <Alert tone="success">
        <p>
          {mailed === "yes" ? `This link was sent to ${email} by email.` : `Send this link to ${email}.`} It
          works once, expires in 7 days and won’t be shown again.
        </p>
        <OneTimeSecret text={link} what="link" testId="one-time-link" />
      </Alert>
    </>
  );
}

export function InviteForm({ action }: { action: FormAction }) {
  return (
    <Form action={action}>
      <EmailField label="Email" name="email" required autoComplete="off" />
      <SelectField label="Role" name="role" initial="viewer" options={ROLES} />
      <ScopesField
        label="Only for"
        hint="Organization codes and tags, separated by commas: MKT, faculty:science. Empty for the whole enterprise."
      />
      <SubmitButton>Invite</SubmitButton>
      <OneTimeLink />
    </Form>
  );
}

export function RoleForm({
  id,
  email,
  role,
  back,
  action,
}: {
  id: number;
  email: string;
  role: string;
  /** The page of the list. */
  back: string;
  action: FormAction;
}) {
  return (
    <Form
      action={action}
      fields={{ id: String(id) }}
      back={back}
      original={{ role }}
      stays
      className="flex flex-wrap items-start gap-2"
    >
      <SelectField
        label={`Role of ${email} on the enterprise`}
        name="role"
        initial={role}
        options={[...ROLES.map(([value]) => [value, value] as const), [NO_ROLE, NO_ROLE_LABEL]]}
        small
      />
      <SubmitButton size="sm" variant="secondary">
        Change role<span className="sr-only"> of {email}</span>
      </SubmitButton>
    </Form>
  );
}

export function NewLinkForm({
  email,
  hasPassword,
  action,
}: {
  email: string;
  hasPassword: boolean;
  action: FormAction;
}) {
  return (
    <Confirm label="New password link" email={email}>
      <Form action={action} fields={{ email }} className="grid justify-items-start gap-2">
        <p>
          {hasPassword
            ? "Their current password stops working now, and they are signed out everywhere. The link lets them set a new one."
            : "The link lets them set a password. An earlier link stops working, and they are signed out everywhere."}
        </p>
        <SubmitButton size="sm" variant="secondary">
          Create the link<span className="sr-only"> for {email}</span>
        </SubmitButton>
        <OneTimeLink />
      </Form>
    </Confirm>
  );
}

export function ResetSecondFactorForm({
  email,
  back,
  action,
}: {
  email: string;
  back: string;
  action: FormAction;
}) {
  return (
    <Confirm label="Reset second factor" email={email}>
      <Form action={action} fields={{ email }} back={back} stays className="grid justify-items-start gap-2">
        <p>
          Their passkeys, authenticator app and recovery codes are removed, and they are signed out
          everywhere. Make sure that the request really comes from them: from then on their password alone
          signs them in.
        </p>
        <SubmitButton size="sm" variant="danger">
          Remove the second factors<span className="sr-only"> of {email}</span>
        </SubmitButton>
      </Form>
    </Confirm>
  );
}

export function ToggleUserForm({
  id,
  email,
  disabled,
  back,
  action,
}: {
  id: number;
  email: string;
  disabled: boolean;
  back: string;
  action: FormAction;
}) {
  const form = (
    <Form
      action={action}
      fields={{ id: String(id), disabled: String(!disabled) }}
      back={back}
      stays
      className="grid justify-items-start gap-2"
    >
      {!disabled && <p>They are signed out at once and cannot sign in until the account is enabled again.</p>}
      <SubmitButton size="sm" variant={disabled ? "secondary" : "danger"}>
        {disabled ? "Enable" : "Disable account"}
        <span className="sr-only"> {email}</span>
      </SubmitButton>
    </Form>
  );
  return disabled ? (
    form
  ) : (
    <Confirm label="Disable" email={email}>
      {form}
    </Confirm>
  );
}

/** Opens the consequences of a change and the button that makes it. Works without JavaScript. */
function Confirm({ label, email, children }: { label: string; email: string; children: ReactNode }) {
  return (
    <details className="max-w-md text-[0.8125rem]">
      <summary className={`${buttonClass({ size: "sm" })} cursor-pointer list-none`}>
        {label}
        <span className="sr-only"> for {email}</span>
      </summary>
      <div className="mt-2">{children}</div>
    </details>
  );
}

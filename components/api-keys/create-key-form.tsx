"use client";

import Link from "next/link";
import { useActionState } from "react";
import { OrganizationCodeField } from "#components/organizations/organization-code-field.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { RadioChoice, TextField } from "#components/ui/field.tsx";
import { HiddenFields } from "#components/ui/hidden-fields.tsx";
import { OneTimeSecret } from "#components/ui/one-time-secret.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormState } from "#lib/form-state.ts";

/**
 * Makes a key of `organization`, or of one that is chosen, or of the enterprise; then shows the key in the form's
 * place. It comes with the answer to the form, and is in no address and no cookie: left once, it is gone.
 */
export function CreateKeyForm({
  organization,
  today,
  requestId,
  again,
  back,
  action,
}: {
  organization: { code: string } | null;
  /** As a date field has it. */
  today: string;
  /** Makes a second sending of the form make no second key. */
  requestId: string;
  /** Where to find this form anew. */
  again: string;
  back: string;
  action: (state: FormState, data: FormData) => Promise<FormState>;
}) {
  const [state, submit] = useActionState(action, {});
  const { values = {}, errors = {} } = state;
  if (state.finished && values.key)
    return <NewKey name={values.name ?? ""} secret={values.key} back={back} />;
  if (errors.requestId) return <SentBefore message={errors.requestId} again={again} back={back} />;
  const problem = state.message ?? errors.scope;
  return (
    <form action={submit} className="grid gap-4">
      <HiddenFields fields={{ requestId: values.requestId ?? requestId }} />
      {problem && <Alert tone="error">{problem}</Alert>}
      <TextField
        label="Name"
        name="name"
        required
        autoComplete="off"
        hint="What will use it, e.g. Essay coach, production."
        defaultValue={values.name}
        error={errors.name}
      />
      {organization ? (
        <HiddenFields fields={{ scope: "organization", organization: organization.code }} />
      ) : (
        <ScopeFields state={state} />
      )}
      <TextField
        label="Expires"
        name="expires"
        type="date"
        min={today}
        max="9999-12-31"
        hint="The last day on which it works. Empty is never."
        defaultValue={values.expires}
        error={errors.expires}
      />
      <div className="flex justify-end gap-2">
        <Link href={back} prefetch={false} className={buttonClass()}>
          Cancel
        </Link>
        <SubmitButton>Create API key</SubmitButton>
      </div>
    </form>
  );
}

function ScopeFields({ state: { values = {}, errors = {} } }: { state: FormState }) {
  return (
    <fieldset className="group grid gap-2">
      <legend className="mb-1.5 font-medium">Scope</legend>
      <RadioChoice name="scope" value="organization" checked={values.scope !== "enterprise"}>
        One organization: usage of its members alone
      </RadioChoice>
      <div className="hidden pb-1 pl-6 group-has-[[value=organization]:checked]:block">
        <OrganizationCodeField initial={values.organization} error={errors.organization} />
      </div>
      <RadioChoice name="scope" value="enterprise" checked={values.scope === "enterprise"}>
        The whole enterprise: usage of every organization
      </RadioChoice>
    </fieldset>
  );
}

/** The answer to a form that was sent before, as the reload of a page without JavaScript sends it. */
function SentBefore({ message, again, back }: { message: string; again: string; back: string }) {
  return (
    <div className="grid gap-4">
      <Alert tone="warning">{message}</Alert>
      <div className="flex justify-end gap-2">
        <a href={again} className={buttonClass()}>
          Create another key
        </a>
        <Link href={back} prefetch={false} className={buttonClass({ variant: "primary" })}>
          Back to the keys
        </Link>
      </div>
    </div>
  );
}

function NewKey({ name, secret, back }: { name: string; secret: string; back: string }) {
  return (
    <div className="grid gap-4">
      <Alert tone="success">
        <p className="font-medium">{name} was created.</p>
        <OneTimeSecret text={secret} what="key" testId="api-key" />
      </Alert>
      <Alert tone="warning">
        Copy the key now and store it like a password. You won’t see it again, because only its first
        characters are kept. Anyone who has it can spend credits until it is revoked.
      </Alert>
      <div className="flex justify-end">
        <Link href={back} prefetch={false} className={buttonClass({ variant: "primary" })}>
          I have copied it
        </Link>
      </div>
    </div>
  );
}

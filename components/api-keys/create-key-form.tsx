"use client";

import Link from "next/link";
import { OrganizationCodeField } from "#components/organizations/organization-code-field.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { DateField } from "#components/ui/date-field.tsx";
import { RadioChoice, TextField, useFieldsetNotes } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import { OneTimeSecret } from "#components/ui/one-time-secret.tsx";
import type { QuickStart as Start } from "#lib/api-keys/rules/quick-start.ts";
import type { FormAction } from "#lib/form-state.ts";
import type { DateFormat } from "#lib/time.ts";
import { FirstEventStatus } from "./first-event.tsx";
import { QuickStart } from "./quick-start.tsx";

/**
 * Makes a key of `organization`, or of one that is chosen, or of the enterprise; then shows the key in the form's
 * place. The key is part of the answer to the form and is in no address and no cookie, so that nobody can show it
 * again.
 */
export function CreateKeyForm({
  organization,
  mayChooseEnterprise,
  today,
  dateFormat,
  requestId,
  again,
  origin,
  back,
  action,
}: {
  organization: { code: string } | null;
  /** Whether the user may create keys of the whole enterprise. */
  mayChooseEnterprise: boolean;
  /** As a date field has it. */
  today: string;
  dateFormat: DateFormat;
  /** The form's id, so that sending the form twice creates one key. */
  requestId: string;
  /** The address of an empty form. */
  again: string;
  /** The portal's address, which the quick start shows. */
  origin: string;
  back: string;
  action: FormAction;
}) {
  return (
    <Form
      action={action}
      sentOnce={requestId}
      {...(organization
        ? { fields: { scope: "organization", organization: organization.code } }
        : !mayChooseEnterprise && { fields: { scope: "organization" } })}
      replacedBy={({ finished, values = {}, errors = {} }) => {
        if (finished && values.key) {
          const { name = "", key, id, organization, member } = values;
          const start = {
            origin,
            key,
            keyId: Number(id),
            organization: organization || null,
            member: member || null,
          };
          return <NewKey name={name} secret={key} start={start} back={back} />;
        }
        return errors.requestId && <SentBefore message={errors.requestId} again={again} back={back} />;
      }}
    >
      <TextField
        label="Name"
        name="name"
        required
        autoFocus
        autoComplete="off"
        hint="What will use it, e.g. Essay coach, production."
      />
      {!organization && (mayChooseEnterprise ? <ScopeFields /> : <OrganizationCodeField required />)}
      <DateField
        label="Expires"
        name="expires"
        min={today}
        max="9999-12-31"
        dateFormat={dateFormat}
        hint="Last valid day. Leave blank for no expiry."
      />
      <FormButtons button="Create API key" back={back} />
    </Form>
  );
}

function ScopeFields() {
  const { describedBy, notes } = useFieldsetNotes("scope");
  return (
    <fieldset className="group grid gap-2" aria-describedby={describedBy}>
      <legend className="mb-1.5 font-medium">Scope</legend>
      <RadioChoice name="scope" value="organization" initial>
        One organization: usage of its members alone
      </RadioChoice>
      <div className="hidden pb-1 pl-6 group-has-[[value=organization]:checked]:block">
        <OrganizationCodeField />
      </div>
      <RadioChoice name="scope" value="enterprise" initial={false}>
        The whole enterprise: usage of every organization
      </RadioChoice>
      {notes}
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

function NewKey({ name, secret, start, back }: { name: string; secret: string; start: Start; back: string }) {
  return (
    <div className="grid min-w-0 gap-6">
      <div>
        <Alert tone="success">
          <p className="font-medium">{name} was created.</p>
        </Alert>
        <OneTimeSecret text={secret} what="key" testId="api-key" />
        <p className="mt-2 text-[0.8125rem] text-muted">
          Copy the key now and store it like a password. You won’t see it again, because only its first
          characters are kept. Anyone who has it can spend credits until it is revoked.
        </p>
      </div>
      <section aria-labelledby="quick-start" className="grid min-w-0 gap-3">
        <h2 id="quick-start" className="font-semibold">
          Quick start
        </h2>
        <QuickStart start={start} />
        <FirstEventStatus keyId={start.keyId} first={{ state: "waiting" }} showsKey />
      </section>
      <div className="flex flex-wrap justify-end gap-2">
        <Link href={`/api-keys/${start.keyId}`} prefetch={false} className={buttonClass()}>
          Open the key’s page
        </Link>
        <Link href={back} prefetch={false} className={buttonClass({ variant: "primary" })}>
          Done
        </Link>
      </div>
    </div>
  );
}

"use client";

import Link from "next/link";
import { Alert } from "#components/ui/alert.tsx";
import { Button, buttonClass } from "#components/ui/button.tsx";
import { RadioChoice, TextField, useFieldsetNotes } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import { OneTimeSecret } from "#components/ui/one-time-secret.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormAction } from "#lib/form-state.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";
import { EventChoice } from "./event-choice.tsx";

const KINDS = [
  ["webhook", "Webhook: signed JSON after Standard Webhooks"],
  ["slack", "Slack: a message, by an incoming webhook"],
  ["teams", "Microsoft Teams: a message, by a workflow"],
] as const;

function KindFields() {
  const { describedBy, notes } = useFieldsetNotes("kind");
  return (
    <fieldset className="grid gap-2" aria-describedby={describedBy}>
      <legend className="mb-1.5 font-medium">Kind</legend>
      {KINDS.map(([value, label], index) => (
        <RadioChoice key={value} name="kind" value={value} initial={index === 0}>
          {label}
        </RadioChoice>
      ))}
      {notes}
    </fieldset>
  );
}

function AddressFields({ name, url }: { name?: string; url?: string }) {
  return (
    <>
      <TextField
        label="Web address"
        name="url"
        required
        inputMode="url"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        initial={url}
        placeholder="https://"
        hint="Where events are sent. It is stored encrypted."
      />
      <TextField
        label="Name of the endpoint"
        name="name"
        required={name !== undefined}
        autoComplete="off"
        initial={name}
        hint={name === undefined ? "Empty for the host of the address." : undefined}
      />
    </>
  );
}

/**
 * Adds an endpoint, then shows its secret in the form's place. The secret is part of the answer to the form and is in no
 * address and no cookie, so that nobody can show it again.
 */
export function CreateEndpointForm({
  events,
  back,
  action,
}: {
  /** Which events are chosen at first. */
  events: Record<string, string>;
  back: string;
  action: FormAction;
}) {
  return (
    <Form
      action={action}
      replacedBy={({ finished, values = {} }) =>
        finished &&
        values.id && (
          <NewEndpoint id={values.id} name={values.name ?? ""} secret={values.secret ?? ""} back={back} />
        )
      }
    >
      <KindFields />
      <AddressFields />
      <EventChoice initial={events} />
      <FormButtons button="Add endpoint" back={back} />
    </Form>
  );
}

function NewEndpoint({
  id,
  name,
  secret,
  back,
}: {
  id: string;
  name: string;
  /** Empty for Slack and Teams. */
  secret: string;
  back: string;
}) {
  return (
    <div className="grid gap-4">
      <Alert tone="success">
        <p className="font-medium">{name} was added.</p>
        {secret !== "" && <OneTimeSecret text={secret} what="secret" testId="webhook-secret" />}
      </Alert>
      {secret !== "" && (
        <Alert tone="warning">
          Copy the secret now and give it to the receiver, which checks with it that requests come from this
          portal. You won’t see it again; you can rotate it at any time.
        </Alert>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Link href={back} prefetch={false} className={buttonClass()}>
          Back to notifications
        </Link>
        <Link
          href={`${back}/endpoints/${id}`}
          prefetch={false}
          className={buttonClass({ variant: "primary" })}
        >
          Open {name}
        </Link>
      </div>
    </div>
  );
}

export function EditEndpointForm({
  id,
  values,
  action,
}: {
  id: number;
  /** As the form shows them; the address is empty where it cannot be decrypted. */
  values: OriginalValues & { name: string; url: string };
  action: FormAction;
}) {
  return (
    <Form action={action} fields={{ id: String(id) }} original={values} stays>
      <AddressFields name={values.name} url={values.url} />
      <EventChoice initial={values} />
      <FormButtons button="Save endpoint" />
    </Form>
  );
}

/** A button in a form of its own. */
export function EndpointButton({
  id,
  fields = {},
  label,
  variant = "secondary",
  action,
}: {
  id: number;
  fields?: Record<string, string>;
  label: string;
  variant?: "primary" | "secondary" | "danger";
  action: FormAction;
}) {
  return (
    <Form action={action} fields={{ id: String(id), ...fields }} stays className="grid gap-2">
      <SubmitButton variant={variant}>{label}</SubmitButton>
    </Form>
  );
}

/** Makes a new secret and shows it once. */
export function RotateSecretForm({ id, action }: { id: number; action: FormAction }) {
  return (
    <Form action={action} fields={{ id: String(id) }} className="grid justify-items-start gap-3">
      {({ finished, values }) => (
        <>
          <p className="text-muted">
            For 24 hours each request is signed with the new secret and the old one, so that the receiver can
            change over without missing anything.
          </p>
          {finished && values?.secret && (
            <Alert tone="success">
              <p>This is the new secret. Copy it now: you won’t see it again.</p>
              <OneTimeSecret text={values.secret} what="secret" testId="webhook-secret" />
            </Alert>
          )}
          <SubmitButton variant="secondary">Rotate secret</SubmitButton>
        </>
      )}
    </Form>
  );
}

export function RemoveEndpointForm({ id, back, action }: { id: number; back: string; action: FormAction }) {
  return (
    <Form action={action} fields={{ id: String(id) }}>
      <ul className="list-disc space-y-1 pl-5 text-left text-muted">
        <li>Nothing more is sent to it, including what is waiting.</li>
        <li>Its log of deliveries is deleted.</li>
        <li>This can’t be undone: add it again, with a new secret, instead.</li>
      </ul>
      <FormButtons button="Remove endpoint" variant="danger" back={back} />
    </Form>
  );
}

/** Queues a delivery again. */
export function SendAgainForm({
  delivery,
  what,
  back,
  action,
}: {
  delivery: number;
  /** For screen readers. */
  what: string;
  back: string;
  action: FormAction;
}) {
  return (
    <Form action={action} fields={{ delivery: String(delivery) }} back={back} stays className="grid gap-2">
      <Button type="submit" size="sm">
        Send again<span className="sr-only"> {what}</span>
      </Button>
    </Form>
  );
}

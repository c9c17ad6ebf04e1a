"use client";

import type { ReactNode } from "react";
import { buttonClass } from "#components/ui/button.tsx";
import { TextField } from "#components/ui/field.tsx";
import { Form } from "#components/ui/form.tsx";
import { useScriptOnlyClass } from "#components/ui/hydrated.ts";
import { PasskeyButton, usePasskeys } from "#components/ui/passkey-button.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormAction, FormState } from "#lib/form-state.ts";
import { RecoveryCodes } from "./recovery-codes.tsx";

/** The recovery codes that an action made, in place of its form. */
function codesOf(state: FormState, next: string): ReactNode {
  const codes = state.finished ? state.values?.recoveryCodes : undefined;
  return codes ? <RecoveryCodes codes={codes.split(" ")} next={next} /> : null;
}

type AddProps = { action: FormAction; next: string };

/** Asks for a name, then lets the browser make the passkey. Needs JavaScript; without it, a note explains so. */
export function AddPasskeyForm({ begin, action, next }: AddProps & { begin: FormAction }) {
  const scriptOnly = useScriptOnlyClass();
  const needs = (
    <p className="text-[0.8125rem] text-muted">
      Passkeys need JavaScript, a current browser and an address that begins with https://.
    </p>
  );
  if (!usePasskeys()) return needs;
  return (
    <>
      <noscript>{needs}</noscript>
      <Form
        action={begin}
        className={`grid gap-3 ${scriptOnly}`}
        replacedBy={({ values, finished }) =>
          finished && values?.options ? (
            <MakePasskeyForm
              key={values.options}
              options={values.options}
              name={values.name ?? ""}
              action={action}
              next={next}
            />
          ) : null
        }
      >
        <TextField
          label="Name of the passkey"
          name="name"
          required
          maxLength={60}
          autoComplete="off"
          hint="A name that you recognize, such as “Laptop” or “Blue security key”."
        />
        <SubmitButton variant="secondary" className="justify-self-start">
          Add a passkey
        </SubmitButton>
      </Form>
    </>
  );
}

function MakePasskeyForm({ options, name, action, next }: AddProps & { options: string; name: string }) {
  return (
    <Form action={action} fields={{ name, next }} replacedBy={(state) => codesOf(state, next)}>
      <p>Your browser asks how to make the passkey “{name}”.</p>
      <PasskeyButton name="passkey" options={options} does="make" variant="primary" pressesItself>
        Create the passkey
      </PasskeyButton>
    </Form>
  );
}

/** Renames a passkey; opens the field first. */
export function RenamePasskeyForm({
  action,
  passkey: { id, name },
}: {
  action: FormAction;
  passkey: { id: number; name: string };
}) {
  return (
    <details className="max-w-md text-[0.8125rem]">
      <summary className={`${buttonClass({ size: "sm" })} cursor-pointer list-none`}>
        Rename
        <span className="sr-only"> {name}</span>
      </summary>
      <Form
        action={action}
        fields={{ id: String(id) }}
        original={{ name }}
        stays
        className="mt-2 grid justify-items-start gap-2"
      >
        <TextField
          label={`New name of ${name}`}
          name="name"
          required
          maxLength={60}
          autoComplete="off"
          initial={name}
        />
        <SubmitButton size="sm" variant="secondary">
          Rename passkey
        </SubmitButton>
      </Form>
    </details>
  );
}

/** Removes one second factor; opens what that means first. */
export function RemoveFactorForm({
  action,
  fields = {},
  button,
  of,
  children,
}: {
  action: FormAction;
  fields?: Record<string, string>;
  button: string;
  /** Names what is removed to people who hear the page. */
  of: string;
  children: ReactNode;
}) {
  return (
    <details className="max-w-md text-[0.8125rem]">
      <summary className={`${buttonClass({ size: "sm" })} cursor-pointer list-none`}>
        {button}
        <span className="sr-only"> {of}</span>
      </summary>
      <Form action={action} fields={fields} stays className="mt-2 grid justify-items-start gap-2">
        {children}
        <SubmitButton size="sm" variant="danger">
          {button} {of}
        </SubmitButton>
      </Form>
    </details>
  );
}

/** Begins to set up an authenticator app. */
export function BeginAppForm({ action, next }: AddProps) {
  return (
    <Form action={action} fields={{ next }}>
      <SubmitButton variant="secondary" className="justify-self-start">
        Set up an authenticator app
      </SubmitButton>
    </Form>
  );
}

/** Confirms a new authenticator app by its first code. `setup` is null when there is nothing to confirm any more. */
export function ConfirmAppForm({ action, next, setup }: AddProps & { setup: ReactNode }) {
  return (
    <Form
      action={action}
      fields={{ next }}
      replacedBy={(state) =>
        codesOf(state, next) ??
        (setup === null ? (
          <p>
            There is no authenticator app to confirm. Start again on{" "}
            <SoftLink href="/account" className="rounded-sm underline">
              your account
            </SoftLink>
            .
          </p>
        ) : null)
      }
    >
      {setup}
      <TextField
        label="Code"
        name="code"
        required
        inputMode="numeric"
        autoComplete="one-time-code"
        spellCheck={false}
        className="font-mono"
        hint="The six digits that the app shows now."
      />
      <SubmitButton>Confirm</SubmitButton>
    </Form>
  );
}

/** Makes new recovery codes and shows them once. */
export function RecoveryCodesForm({ action, next, left }: AddProps & { left: number }) {
  return (
    <Form action={action} fields={{ next }} replacedBy={(state) => codesOf(state, next)}>
      <p>
        {left === 0 ? "No recovery code is left." : `${left} of 10 ${left === 1 ? "is" : "are"} left.`} New
        codes replace all earlier ones.
      </p>
      <SubmitButton variant="secondary" className="justify-self-start">
        Create new recovery codes
      </SubmitButton>
    </Form>
  );
}

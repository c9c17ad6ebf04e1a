"use client";

import { TextField } from "#components/ui/field.tsx";
import { Form } from "#components/ui/form.tsx";
import { PasskeyButton } from "#components/ui/passkey-button.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormAction } from "#lib/form-state.ts";

type StepProps = { callbackUrl: string; action: FormAction };

/** The second step by a passkey. */
export function SecondStepByPasskey({ callbackUrl, action, options }: StepProps & { options: string }) {
  return (
    <Form action={action} fields={{ callbackUrl }}>
      <PasskeyButton name="passkey" options={options} does="sign" variant="primary">
        Use a passkey
      </PasskeyButton>
      <noscript>
        <p className="text-[0.8125rem] text-muted">Passkeys need JavaScript, which is switched off.</p>
      </noscript>
    </Form>
  );
}

/** The second step by the authenticator app. */
export function SecondStepByApp({ callbackUrl, action }: StepProps) {
  return (
    <Form action={action} fields={{ callbackUrl }}>
      <TextField
        label="Code"
        name="code"
        required
        autoFocus
        inputMode="numeric"
        autoComplete="one-time-code"
        spellCheck={false}
        className="font-mono"
        hint="The six digits that your authenticator app shows now."
      />
      <SubmitButton>Sign in</SubmitButton>
    </Form>
  );
}

/** The second step by a recovery code. */
export function SecondStepByRecoveryCode({ callbackUrl, action, open }: StepProps & { open: boolean }) {
  return (
    <details open={open} className="text-[0.8125rem]">
      <summary className="cursor-pointer py-1 font-medium">Use a recovery code</summary>
      <Form action={action} fields={{ callbackUrl }} className="mt-2 grid gap-3">
        <TextField
          label="Recovery code"
          name="code"
          required
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          className="font-mono uppercase"
          hint="16 letters and digits. Each code works once."
        />
        <SubmitButton variant="secondary">Sign in with this code</SubmitButton>
      </Form>
    </details>
  );
}

/** Signs in by a passkey alone, without email and password. */
export function PasskeySignIn({ callbackUrl, action, begin }: StepProps & { begin: FormAction }) {
  return (
    <Form action={action} fields={{ callbackUrl }}>
      <PasskeyButton name="passkey" options={(data) => begin({}, data)} does="sign">
        Use a passkey
      </PasskeyButton>
    </Form>
  );
}

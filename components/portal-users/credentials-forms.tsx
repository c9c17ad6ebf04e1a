"use client";

import { useSyncExternalStore } from "react";
import { EmailField, PasswordField, SelectField, TextField } from "#components/ui/field.tsx";
import { Form } from "#components/ui/form.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormAction } from "#lib/form-state.ts";

export function SignInForm({ callbackUrl, action }: { callbackUrl: string; action: FormAction }) {
  return (
    <Form action={action} fields={{ callbackUrl }}>
      <EmailField label="Email" name="email" required autoComplete="username" autoFocus />
      <PasswordField label="Password" name="password" required autoComplete="current-password" />
      <SubmitButton>Sign in</SubmitButton>
    </Form>
  );
}

const never = () => () => {};

/** The time zone of the browser, if it is one of these; null while the server renders, and where JavaScript is off. */
function useBrowserTimeZone(timeZones: readonly string[]): string | null {
  const zone = useSyncExternalStore(
    never,
    () => Intl.DateTimeFormat().resolvedOptions().timeZone,
    () => null,
  );
  return zone !== null && timeZones.includes(zone) ? zone : null;
}

export function SetupForm({ timeZones, action }: { timeZones: readonly string[]; action: FormAction }) {
  const browserTimeZone = useBrowserTimeZone(timeZones);
  return (
    <Form action={action}>
      <TextField
        label="One-time code"
        name="oneTimeCode"
        required
        autoFocus
        autoComplete="off"
        spellCheck={false}
        className="font-mono uppercase"
        hint="You’ll find it in the terminal where Bursar was started."
      />
      <EmailField label="Email" name="email" required autoComplete="username" />
      <PasswordField
        label="Password"
        name="password"
        required
        autoComplete="new-password"
        hint="At least 8 characters. A phrase of several words works well."
      />
      <TextField
        label="Enterprise name"
        name="enterpriseName"
        autoComplete="organization"
        initial="My enterprise"
      />
      <SelectField
        label="Time zone"
        name="timeZone"
        hint="Decides when days and months start."
        initial={browserTimeZone ?? "UTC"}
        options={timeZones.map((zone) => [zone, zone])}
      />
      <SubmitButton>Create owner account</SubmitButton>
    </Form>
  );
}

export function NewPasswordForm({ token, action }: { token: string; action: FormAction }) {
  return (
    <Form action={action} fields={{ token }}>
      <PasswordField
        label="New password"
        name="password"
        required
        autoFocus
        autoComplete="new-password"
        hint="At least 8 characters. A phrase of several words works well."
      />
      <SubmitButton>Set password and sign in</SubmitButton>
    </Form>
  );
}

export function ChangePasswordForm({ email, action }: { email: string; action: FormAction }) {
  return (
    <Form action={action}>
      <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
      <PasswordField
        label="Current password"
        name="currentPassword"
        required
        autoFocus
        autoComplete="current-password"
      />
      <PasswordField
        label="New password"
        name="newPassword"
        required
        autoComplete="new-password"
        hint="At least 8 characters. You’ll be signed out on your other devices."
      />
      <SubmitButton>Change password</SubmitButton>
    </Form>
  );
}

"use client";

import { useActionState } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { SelectField, TextField } from "#components/ui/field.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormState } from "#lib/form-state.ts";

type Action = (state: FormState, data: FormData) => Promise<FormState>;

export function SignInForm({ callbackUrl, action }: { callbackUrl: string; action: Action }) {
  const [state, submit] = useActionState(action, {});
  return (
    <form action={submit} className="grid gap-4">
      {state.message && <Alert tone="error">{state.message}</Alert>}
      <input type="hidden" name="callbackUrl" value={callbackUrl} />
      <TextField
        label="Email"
        name="email"
        type="email"
        required
        autoComplete="username"
        defaultValue={state.values?.email}
      />
      <TextField label="Password" name="password" type="password" required autoComplete="current-password" />
      <SubmitButton>Sign in</SubmitButton>
    </form>
  );
}

export function SetupForm({ timeZones, action }: { timeZones: readonly string[]; action: Action }) {
  const [{ message, values = {}, errors = {} }, submit] = useActionState(action, {});
  return (
    <form action={submit} className="grid gap-4">
      {message && <Alert tone="error">{message}</Alert>}
      <TextField
        label="One-time code"
        name="oneTimeCode"
        required
        autoComplete="off"
        spellCheck={false}
        className="font-mono uppercase"
        hint="The console that started the portal shows it."
        defaultValue={values.oneTimeCode}
        error={errors.oneTimeCode}
      />
      <TextField
        label="Email"
        name="email"
        type="email"
        required
        autoComplete="username"
        defaultValue={values.email}
        error={errors.email}
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        required
        autoComplete="new-password"
        hint="At least 8 characters. A few words make a good one."
        error={errors.password}
      />
      <TextField
        label="Enterprise name"
        name="enterpriseName"
        autoComplete="organization"
        defaultValue={values.enterpriseName ?? "My enterprise"}
        error={errors.enterpriseName}
      />
      <SelectField
        label="Time zone"
        name="timeZone"
        hint="Days and months begin by it."
        defaultValue={values.timeZone ?? "UTC"}
        error={errors.timeZone}
      >
        {timeZones.map((zone) => (
          <option key={zone}>{zone}</option>
        ))}
      </SelectField>
      <SubmitButton>Create owner account</SubmitButton>
    </form>
  );
}

export function NewPasswordForm({ token, action }: { token: string; action: Action }) {
  const [{ message, errors = {} }, submit] = useActionState(action, {});
  return (
    <form action={submit} className="grid gap-4">
      {message && <Alert tone="error">{message}</Alert>}
      <input type="hidden" name="token" value={token} />
      <TextField
        label="New password"
        name="password"
        type="password"
        required
        autoComplete="new-password"
        hint="At least 8 characters. A few words make a good one."
        error={errors.password}
      />
      <SubmitButton>Set password and sign in</SubmitButton>
    </form>
  );
}

export function ChangePasswordForm({ email, action }: { email: string; action: Action }) {
  const [{ message, errors = {} }, submit] = useActionState(action, {});
  return (
    <form action={submit} className="grid gap-4">
      {message && <Alert tone="error">{message}</Alert>}
      <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
      <TextField
        label="Current password"
        name="currentPassword"
        type="password"
        required
        autoComplete="current-password"
        error={errors.currentPassword}
      />
      <TextField
        label="New password"
        name="newPassword"
        type="password"
        required
        autoComplete="new-password"
        hint="At least 8 characters. Your other sessions end."
        error={errors.newPassword}
      />
      <SubmitButton>Change password</SubmitButton>
    </form>
  );
}

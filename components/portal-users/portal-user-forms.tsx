"use client";

import { useActionState } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { SelectField, TextField } from "#components/ui/field.tsx";
import { OneTimeSecret } from "#components/ui/one-time-secret.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormState } from "#lib/form-state.ts";

type Action = (state: FormState, data: FormData) => Promise<FormState>;

const ROLES = [
  ["viewer", "Viewer – reads everything"],
  ["admin", "Admin – everything but users and settings"],
  ["owner", "Owner – everything"],
] as const;

/** A link that is shown this once. */
function OneTimeLink({ state, hasPassword = false }: { state: FormState; hasPassword?: boolean }) {
  const { link, email } = state.values ?? {};
  if (!state.finished || !link) return null;
  return (
    <Alert tone="success">
      <p>
        Send this link to {email}. It works once, for seven days, and is not shown again.
        {hasPassword && " Until it is used, their old password still works."}
      </p>
      <OneTimeSecret text={link} what="link" testId="one-time-link" />
    </Alert>
  );
}

export function InviteForm({ action }: { action: Action }) {
  const [state, submit] = useActionState(action, {});
  const { values = {}, errors = {}, finished } = state;
  return (
    <form action={submit} className="grid gap-4">
      {state.message && <Alert tone="error">{state.message}</Alert>}
      <TextField
        label="Email"
        name="email"
        type="email"
        required
        autoComplete="off"
        defaultValue={finished ? "" : values.email}
        error={errors.email}
      />
      <SelectField
        label="Role"
        name="role"
        defaultValue={(finished ? undefined : values.role) ?? "viewer"}
        error={errors.role}
      >
        {ROLES.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectField>
      <SubmitButton>Invite</SubmitButton>
      <OneTimeLink state={state} />
    </form>
  );
}

export function RoleForm({
  id,
  email,
  role,
  action,
}: {
  id: number;
  email: string;
  role: string;
  action: Action;
}) {
  const [{ message, errors }, submit] = useActionState(action, {});
  const problem = message ?? Object.values(errors ?? {})[0];
  return (
    <form action={submit} className="flex flex-wrap gap-2">
      <input type="hidden" name="id" value={id} />
      <select
        key={role}
        name="role"
        aria-label={`Role of ${email}`}
        defaultValue={role}
        className="h-8 rounded-md border border-line-strong bg-surface px-2 text-[0.8125rem]"
      >
        {ROLES.map(([value]) => (
          <option key={value} value={value}>
            {value}
          </option>
        ))}
      </select>
      <SubmitButton size="sm" variant="secondary">
        Change role<span className="sr-only"> of {email}</span>
      </SubmitButton>
      {problem && <Alert tone="error">{problem}</Alert>}
    </form>
  );
}

export function NewLinkForm({
  email,
  hasPassword,
  action,
}: {
  email: string;
  hasPassword: boolean;
  action: Action;
}) {
  const [state, submit] = useActionState(action, {});
  return (
    <form action={submit} className="grid justify-items-start gap-2">
      <input type="hidden" name="email" value={email} />
      <SubmitButton size="sm" variant="secondary">
        New password link<span className="sr-only"> for {email}</span>
      </SubmitButton>
      {state.message && <Alert tone="error">{state.message}</Alert>}
      {state.errors?.email && <Alert tone="error">{state.errors.email}</Alert>}
      <OneTimeLink state={state} hasPassword={hasPassword} />
    </form>
  );
}

export function ToggleUserForm({
  id,
  email,
  disabled,
  action,
}: {
  id: number;
  email: string;
  disabled: boolean;
  action: Action;
}) {
  const [{ message }, submit] = useActionState(action, {});
  return (
    <form action={submit} className="grid justify-items-start gap-2">
      <input type="hidden" name="id" value={id} />
      <input type="hidden" name="disabled" value={String(!disabled)} />
      <SubmitButton size="sm" variant={disabled ? "secondary" : "danger"}>
        {disabled ? "Enable" : "Disable"}
        <span className="sr-only"> {email}</span>
      </SubmitButton>
      {message && <Alert tone="error">{message}</Alert>}
    </form>
  );
}

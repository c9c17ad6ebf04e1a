"use client";

import { Alert } from "#components/ui/alert.tsx";
import { SelectField, TextField } from "#components/ui/field.tsx";
import { Form, useFormAnswer } from "#components/ui/form.tsx";
import { OneTimeSecret } from "#components/ui/one-time-secret.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormAction } from "#lib/form-state.ts";

const ROLES = [
  ["viewer", "Viewer – read-only"],
  ["admin", "Admin – everything except users and settings"],
  ["owner", "Owner – everything"],
] as const;

/** A link that is shown this once. */
function OneTimeLink({ hasPassword = false }: { hasPassword?: boolean }) {
  const { finished, values } = useFormAnswer();
  const { link, email } = values ?? {};
  if (!finished || !link) return null;
  return (
    <Alert tone="success">
      <p>
        Send this link to {email}. It works once, expires in 7 days and won’t be shown again.
        {hasPassword && " Until it is used, their old password still works."}
      </p>
      <OneTimeSecret text={link} what="link" testId="one-time-link" />
    </Alert>
  );
}

export function InviteForm({ action }: { action: FormAction }) {
  return (
    <Form action={action}>
      <TextField label="Email" name="email" type="email" required autoComplete="off" />
      <SelectField label="Role" name="role" initial="viewer" options={ROLES} />
      <SubmitButton>Invite</SubmitButton>
      <OneTimeLink />
    </Form>
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
  action: FormAction;
}) {
  return (
    <Form
      action={action}
      fields={{ id: String(id) }}
      original={{ role }}
      stays
      className="flex flex-wrap items-start gap-2"
    >
      <SelectField
        label={`Role of ${email}`}
        name="role"
        initial={role}
        options={ROLES.map(([value]) => [value, value])}
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
    <Form action={action} fields={{ email }} className="grid justify-items-start gap-2">
      <SubmitButton size="sm" variant="secondary">
        New password link<span className="sr-only"> for {email}</span>
      </SubmitButton>
      <OneTimeLink hasPassword={hasPassword} />
    </Form>
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
  action: FormAction;
}) {
  return (
    <Form
      action={action}
      fields={{ id: String(id), disabled: String(!disabled) }}
      stays
      className="grid justify-items-start gap-2"
    >
      <SubmitButton size="sm" variant={disabled ? "secondary" : "danger"}>
        {disabled ? "Enable" : "Disable"}
        <span className="sr-only"> {email}</span>
      </SubmitButton>
    </Form>
  );
}

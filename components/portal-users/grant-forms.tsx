"use client";

import { EmailField, SelectField } from "#components/ui/field.tsx";
import { Form } from "#components/ui/form.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormAction } from "#lib/form-state.ts";
import { ScopesField } from "./scopes-field.tsx";

const ROLES = [
  ["viewer", "Viewer – reads"],
  ["admin", "Admin – members, allowances, API keys, settings"],
] as const;

export function RemoveGrantForm({
  id,
  what,
  email,
  back,
  action,
}: {
  id: number;
  /** "Admin of MKT". */
  what: string;
  email: string;
  back: string;
  action: FormAction;
}) {
  return (
    <Form action={action} fields={{ grant: String(id), back }} stays className="grid justify-items-end gap-2">
      <SubmitButton size="sm" variant="secondary">
        Remove
        <span className="sr-only">
          {" "}
          {what} from {email}
        </span>
      </SubmitButton>
    </Form>
  );
}

/** Gives a portal user a role on organizations and tags. */
export function AddGrantsForm({
  id,
  email,
  back,
  action,
}: {
  id: number;
  email: string;
  back: string;
  action: FormAction;
}) {
  return (
    <Form
      action={action}
      fields={{ id: String(id) }}
      back={back}
      stays
      className="grid gap-3 [&>button]:justify-self-start"
    >
      <SelectField label="Role" name="role" initial="admin" options={ROLES} />
      <ScopesField
        label="Organizations or tags"
        required
        hint="Codes and tags, separated by commas: MKT, faculty:science. A tag covers every organization that has it, now or later."
      />
      <SubmitButton size="sm" variant="secondary">
        Give access<span className="sr-only"> to {email}</span>
      </SubmitButton>
    </Form>
  );
}

/** Gives a portal user a role on one organization. */
export function GrantOnOrganizationForm({
  organizationId,
  back,
  action,
}: {
  organizationId: number;
  back: string;
  action: FormAction;
}) {
  return (
    <Form
      action={action}
      fields={{ organization: String(organizationId), back }}
      stays
      className="grid gap-3 [&>button]:justify-self-start"
    >
      <EmailField label="Email of a portal user" name="email" required autoComplete="off" />
      <SelectField label="Role" name="role" initial="admin" options={ROLES} />
      <SubmitButton variant="secondary">Give access</SubmitButton>
    </Form>
  );
}

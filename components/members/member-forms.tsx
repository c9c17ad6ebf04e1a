"use client";

import { OrganizationCodeField } from "#components/organizations/organization-code-field.tsx";
import { EmailField, TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import type { FormAction } from "#lib/form-state.ts";
import { AllowanceFields } from "./allowance-fields.tsx";
import { RoleSelect } from "./role-select.tsx";
import type { EditableMembership } from "./words.ts";

/** What each of these forms gets besides its subject. */
export type FormPlace = {
  /** Where it leads after it was sent or cancelled. */
  back: string;
  action: FormAction;
  /** In a dialog: closes it. The action then leaves the page where it is. */
  onDone?: (() => void) | undefined;
};

const buttons = (button: string, { back, onDone }: FormPlace) => (
  <FormButtons button={button} back={back} onCancel={onDone} />
);

function PersonFields({
  initial,
  emailHint,
  autoFocus,
}: {
  initial?: { name: string; email: string };
  emailHint: string;
  /** Whether the name has the focus when the page opens. */
  autoFocus: boolean;
}) {
  return (
    <>
      <TextField
        label="Name"
        name="name"
        required
        autoFocus={autoFocus}
        autoComplete="off"
        initial={initial?.name}
      />
      <EmailField
        label="Email"
        name="email"
        required
        autoComplete="off"
        hint={emailHint}
        initial={initial?.email}
      />
    </>
  );
}

/** Adds a member to `organization`, or to one that is chosen by its code. */
export function AddMemberForm({
  organization,
  email = "",
  ...place
}: FormPlace & {
  organization: { code: string; allowance: string } | null;
  /** The email that the field begins with, if the link to the form has one. */
  email?: string;
}) {
  return (
    <Form {...place} {...(organization && { fields: { organization: organization.code } })}>
      {!organization && <OrganizationCodeField required autoFocus />}
      <PersonFields
        autoFocus={organization !== null}
        initial={{ name: "", email }}
        emailHint="Applications identify the member by this address. If it already exists, the existing name is kept."
      />
      <RoleSelect />
      <AllowanceFields organizationAllowance={organization?.allowance} />
      {buttons("Add member", place)}
    </Form>
  );
}

/** A person's name and email, in every organization at once. */
export function EditMemberForm({
  member: { id, ...values },
  ...place
}: FormPlace & { member: { id: number; name: string; email: string } }) {
  return (
    <Form {...place} fields={{ id: String(id) }} original={values}>
      <PersonFields
        autoFocus
        initial={values}
        emailHint="The old address is kept as a former email, so that applications may still name it."
      />
      {buttons("Save", place)}
    </Form>
  );
}

/** A membership's role and allowance. With `raised` the form opens with that allowance as the member's own. */
export function EditMembershipForm({
  membership,
  raised = null,
  ...place
}: FormPlace & { membership: EditableMembership; raised?: string | null }) {
  const { id, values, organizationAllowance } = membership;
  const initial = raised === null ? values : { allowance: "own" as const, monthlyAllowance: raised };
  return (
    <Form {...place} fields={{ id: String(id) }} original={values}>
      <RoleSelect initial={values.role} autoFocus />
      <AllowanceFields initial={initial} organizationAllowance={organizationAllowance} />
      {buttons("Save", place)}
    </Form>
  );
}

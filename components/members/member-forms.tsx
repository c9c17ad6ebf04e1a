"use client";

import Link from "next/link";
import { type ReactNode, useActionState, useEffect } from "react";
import { OrganizationCodeField } from "#components/organizations/organization-code-field.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { SelectField, TextField } from "#components/ui/field.tsx";
import { HiddenFields } from "#components/ui/hidden-fields.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormState } from "#lib/form-state.ts";
import { MEMBER_ROLES, type MemberRole } from "#lib/members/rules.ts";
import { AllowanceFields } from "./allowance-fields.tsx";
import { type EditableMembership, ROLE_LABELS } from "./words.ts";

export type MemberAction = (state: FormState, data: FormData) => Promise<FormState>;

/** What each of these forms is told besides what it is about. */
export type FormPlace = {
  /** Where it leads when it is done or given up. */
  back: string;
  action: MemberAction;
  /** In a dialog: closes it. The action then leaves the page where it is. */
  onDone?: (() => void) | undefined;
};

function Frame({
  place: { back, action, onDone },
  fields,
  button,
  children,
}: {
  place: FormPlace;
  fields: Record<string, string>;
  button: string;
  children: (state: FormState) => ReactNode;
}) {
  const [state, submit] = useActionState(action, {});
  useEffect(() => {
    if (state.finished) onDone?.();
  }, [state, onDone]);
  const hidden = { ...fields, back, ...(onDone && { dialog: "1" }) };
  // What is wrong with a field that nobody typed stands over the form.
  const problem =
    state.message ??
    Object.keys(fields)
      .map((name) => state.errors?.[name])
      .find(Boolean);
  return (
    <form action={submit} className="grid gap-4">
      {problem && <Alert tone="error">{problem}</Alert>}
      <HiddenFields fields={hidden} />
      {children(state)}
      <div className="flex justify-end gap-2">
        {!onDone && (
          <Link href={back} prefetch={false} className={buttonClass()}>
            Cancel
          </Link>
        )}
        <SubmitButton>{button}</SubmitButton>
      </div>
    </form>
  );
}

function RoleSelect({ state, current = "creator" }: { state: FormState; current?: MemberRole }) {
  return (
    <SelectField
      label="Role"
      name="role"
      defaultValue={state.values?.role ?? current}
      error={state.errors?.role}
    >
      {MEMBER_ROLES.map((role) => (
        <option key={role} value={role}>
          {ROLE_LABELS[role]}
        </option>
      ))}
    </SelectField>
  );
}

function PersonFields({
  state: { values = {}, errors = {} },
  current = { name: "", email: "" },
  emailHint,
}: {
  state: FormState;
  current?: { name: string; email: string };
  emailHint: string;
}) {
  return (
    <>
      <TextField
        label="Name"
        name="name"
        required
        autoComplete="off"
        defaultValue={values.name ?? current.name}
        error={errors.name}
      />
      <TextField
        label="Email"
        name="email"
        type="email"
        required
        autoComplete="off"
        spellCheck={false}
        hint={emailHint}
        defaultValue={values.email ?? current.email}
        error={errors.email}
      />
    </>
  );
}

/** Adds a member to `organization`, or to one that is chosen by its code. */
export function AddMemberForm({
  organization,
  ...place
}: FormPlace & { organization: { code: string; allowance: string } | null }) {
  return (
    <Frame place={place} fields={organization ? { organization: organization.code } : {}} button="Add member">
      {(state) => (
        <>
          {!organization && (
            <OrganizationCodeField
              required
              initial={state.values?.organization}
              error={state.errors?.organization}
            />
          )}
          <PersonFields
            state={state}
            emailHint="Applications name the member by it. A person who is known by it keeps their name."
          />
          <RoleSelect state={state} />
          <AllowanceFields state={state} organizationAllowance={organization?.allowance} />
        </>
      )}
    </Frame>
  );
}

/** A person's name and e-mail, in every organization at once. */
export function EditMemberForm({
  member,
  ...place
}: FormPlace & { member: { id: number; name: string; email: string } }) {
  return (
    <Frame place={place} fields={{ id: String(member.id) }} button="Save">
      {(state) => (
        <PersonFields
          state={state}
          current={member}
          emailHint="Applications name the member by it from the next request on."
        />
      )}
    </Frame>
  );
}

/** A membership's role and allowance. */
export function EditMembershipForm({ membership, ...place }: FormPlace & { membership: EditableMembership }) {
  return (
    <Frame place={place} fields={{ id: String(membership.id) }} button="Save">
      {(state) => (
        <>
          <RoleSelect state={state} current={membership.role} />
          <AllowanceFields
            state={state}
            current={membership}
            organizationAllowance={membership.organizationAllowance}
          />
        </>
      )}
    </Frame>
  );
}

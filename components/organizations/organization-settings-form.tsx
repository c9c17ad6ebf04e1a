"use client";

import { useActionState } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { TextField } from "#components/ui/field.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormState } from "#lib/form-state.ts";
import { type CreditTypeOption, CreditTypeSelect } from "./organization-form.tsx";

export function OrganizationSettingsForm({
  organization,
  creditTypes,
  action,
}: {
  organization: {
    id: number;
    name: string;
    code: string;
    creditTypeId: number;
    creditsMoved: boolean;
    /** Decimal text; empty is no limit. */
    monthlyAllowance: string;
  };
  creditTypes: readonly CreditTypeOption[];
  action: (state: FormState, data: FormData) => Promise<FormState>;
}) {
  const [state, submit] = useActionState(action, {});
  const { values = {}, errors = {} } = state;
  const fixed = organization.creditsMoved ? "Fixed, because credits have moved." : undefined;
  return (
    <form action={submit} className="grid gap-4">
      {state.message && <Alert tone="error">{state.message}</Alert>}
      <input type="hidden" name="id" value={organization.id} />
      <TextField
        label="Organization Name"
        name="name"
        required
        autoComplete="off"
        defaultValue={values.name ?? organization.name}
        error={errors.name}
      />
      <TextField
        label="Organization Code"
        name="code"
        required
        autoComplete="off"
        disabled={organization.creditsMoved}
        hint={fixed ?? "Changing it changes this page's address. It stays for good once credits have moved."}
        defaultValue={values.code ?? organization.code}
        error={errors.code}
      />
      <CreditTypeSelect
        creditTypes={creditTypes}
        disabled={organization.creditsMoved}
        defaultValue={values.creditType ?? String(organization.creditTypeId)}
        error={errors.creditType}
        {...(fixed && { hint: fixed })}
      />
      <TextField
        label="Monthly Allowance per Member"
        name="monthlyAllowance"
        inputMode="decimal"
        autoComplete="off"
        hint="Credits a member may spend in a calendar month. Empty is no limit; 0 lets nobody spend."
        defaultValue={values.monthlyAllowance ?? organization.monthlyAllowance}
        error={errors.monthlyAllowance}
      />
      <div className="flex justify-end">
        <SubmitButton>Save</SubmitButton>
      </div>
    </form>
  );
}

"use client";

import { useActionState, useEffect } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { SelectField, TextField } from "#components/ui/field.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormState } from "#lib/form-state.ts";

export type CreditTypeOption = { id: number; name: string; currency: string };

type Action = (state: FormState, data: FormData) => Promise<FormState>;

export function CreditTypeSelect({
  creditTypes,
  defaultValue,
  error,
  disabled,
  hint,
}: {
  creditTypes: readonly CreditTypeOption[];
  defaultValue: string;
  error?: string | undefined;
  disabled?: boolean;
  hint?: string;
}) {
  return (
    <SelectField label="Credit Type" name="creditType" required {...{ defaultValue, error, disabled, hint }}>
      <option value="">Choose a credit type</option>
      {creditTypes.map((type) => (
        <option key={type.id} value={type.id}>
          {type.name} ({type.currency})
        </option>
      ))}
    </SelectField>
  );
}

/** Creates an organization, on its own page and in the dialog over the list. */
export function OrganizationForm({
  creditTypes,
  action,
  onCreated,
}: {
  creditTypes: readonly CreditTypeOption[];
  action: Action;
  /** In a dialog: closes it. The action then leaves the page where it is. */
  onCreated?: () => void;
}) {
  const [state, submit] = useActionState(action, {});
  useEffect(() => {
    if (state.finished) onCreated?.();
  }, [state, onCreated]);

  if (creditTypes.length === 0) {
    return (
      <div className="grid gap-4">
        <Alert tone="info">
          An organization draws its credits from a credit type, and there is none yet.
        </Alert>
        <SoftLink
          href="/credit-types/new"
          className={`${buttonClass({ variant: "primary" })} justify-self-start`}
        >
          Add a credit type
        </SoftLink>
      </div>
    );
  }
  const { values = {}, errors = {} } = state;
  const onlyType = creditTypes.length === 1 ? String(creditTypes[0]?.id) : "";
  return (
    <form action={submit} className="grid gap-4">
      {state.message && <Alert tone="error">{state.message}</Alert>}
      {onCreated && <input type="hidden" name="dialog" value="1" />}
      <TextField
        label="Organization Name"
        name="name"
        required
        autoComplete="off"
        defaultValue={values.name}
        error={errors.name}
      />
      <TextField
        label="Organization Code"
        name="code"
        required
        autoComplete="off"
        spellCheck={false}
        hint="Short and unique, e.g. MKT. Used in URLs and in the API."
        defaultValue={values.code}
        error={errors.code}
      />
      <CreditTypeSelect
        creditTypes={creditTypes}
        defaultValue={values.creditType ?? onlyType}
        error={errors.creditType}
      />
      <details
        open={Boolean(
          errors.monthlyAllowance ||
            values.monthlyAllowance ||
            errors.initialCredits ||
            values.initialCredits,
        )}
      >
        <summary className="rounded-sm font-medium text-muted hover:text-ink">More options</summary>
        <div className="mt-3 grid gap-4">
          <TextField
            label="Monthly Allowance per Member"
            name="monthlyAllowance"
            inputMode="decimal"
            autoComplete="off"
            hint="Credits a member may spend in a calendar month. Empty is no limit; 0 lets nobody spend."
            defaultValue={values.monthlyAllowance}
            error={errors.monthlyAllowance}
          />
          <TextField
            label="Initial Credits"
            name="initialCredits"
            inputMode="decimal"
            autoComplete="off"
            hint="Credits that move from the credit type’s pool to the organization at once. Empty is none."
            defaultValue={values.initialCredits}
            error={errors.initialCredits}
          />
        </div>
      </details>
      <div className="flex justify-end gap-2">
        {!onCreated && (
          <SoftLink href="/organizations" className={buttonClass()}>
            Cancel
          </SoftLink>
        )}
        <SubmitButton>Create Organization</SubmitButton>
      </div>
    </form>
  );
}

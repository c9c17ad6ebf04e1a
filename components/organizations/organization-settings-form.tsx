"use client";

import { TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import type { FormAction } from "#lib/form-state.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";
import { ALLOWANCE_HINT, type CreditTypeOption, CreditTypeSelect } from "./organization-form.tsx";

export function OrganizationSettingsForm({
  organization: { id, values, creditsMoved },
  creditTypes,
  back,
  action,
}: {
  organization: {
    id: number;
    values: OriginalValues & { name: string; code: string; creditType: string; monthlyAllowance: string };
    creditsMoved: boolean;
  };
  creditTypes: readonly CreditTypeOption[];
  /** This form's own page. */
  back: string;
  action: FormAction;
}) {
  const fixed = creditsMoved ? "Fixed, because credits have moved." : undefined;
  return (
    <Form action={action} fields={{ id: String(id) }} original={values} back={back} stays>
      <TextField label="Organization Name" name="name" required autoComplete="off" initial={values.name} />
      <TextField
        label="Organization Code"
        name="code"
        required
        autoComplete="off"
        disabled={creditsMoved}
        hint={fixed ?? "A new code changes this page's address. It cannot change once credits have moved."}
        initial={values.code}
      />
      <CreditTypeSelect
        creditTypes={creditTypes}
        disabled={creditsMoved}
        initial={values.creditType}
        hint={fixed}
      />
      <TextField
        label="Monthly Allowance per Member"
        name="monthlyAllowance"
        inputMode="decimal"
        autoComplete="off"
        hint={ALLOWANCE_HINT}
        initial={values.monthlyAllowance}
      />
      <FormButtons button="Save" />
    </Form>
  );
}

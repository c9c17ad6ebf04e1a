"use client";

import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { SelectField, TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import type { FormAction } from "#lib/form-state.ts";
import { TagsField } from "./tags-field.tsx";

export type CreditTypeOption = { id: number; name: string; currency: string };

export const ALLOWANCE_HINT =
  "Credits a member may spend in a calendar month. Leave blank for no limit. 0 blocks all spending.";

export function CreditTypeSelect({
  creditTypes,
  initial,
  disabled,
  hint,
}: {
  creditTypes: readonly CreditTypeOption[];
  initial: string;
  disabled?: boolean;
  hint?: string | undefined;
}) {
  return (
    <SelectField
      label="Credit Type"
      name="creditType"
      required
      {...{ initial, disabled, hint }}
      options={[
        ["", "Choose a credit type"],
        ...creditTypes.map(({ id, name, currency }) => [String(id), `${name} (${currency})`] as const),
      ]}
    />
  );
}

/** Creates an organization, on its own page and in the dialog over the list. */
export function OrganizationForm({
  name,
  code,
  back,
  creditTypes,
  action,
  onCreated,
}: {
  /** The name that the field begins with, if the link to the form has one. */
  name?: string;
  /** The same for the code. */
  code?: string;
  /** The page that it was opened from, if that is not the list. */
  back?: string | undefined;
  creditTypes: readonly CreditTypeOption[];
  action: FormAction;
  /** In a dialog: closes it. The action then leaves the page where it is. */
  onCreated?: () => void;
}) {
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
  const onlyType = creditTypes.length === 1 ? String(creditTypes[0]?.id) : "";
  return (
    <Form action={action} onDone={onCreated} back={back}>
      {({ values = {}, errors = {} }) => (
        <>
          <TextField
            label="Organization Name"
            name="name"
            initial={name}
            required
            autoFocus
            autoComplete="off"
          />
          <TextField
            label="Organization Code"
            name="code"
            initial={code}
            required
            autoComplete="off"
            spellCheck={false}
            hint="Short and unique, e.g. MKT or R&amp;D. Used in URLs and in the API."
          />
          <CreditTypeSelect creditTypes={creditTypes} initial={onlyType} />
          <TagsField />
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
                hint={ALLOWANCE_HINT}
              />
              <TextField
                label="Initial Credits"
                name="initialCredits"
                inputMode="decimal"
                autoComplete="off"
                hint="Moves from the credit type’s pool right away. Leave blank for none."
              />
            </div>
          </details>
          <FormButtons button="Create Organization" back={back ?? "/organizations"} onCancel={onCreated} />
        </>
      )}
    </Form>
  );
}

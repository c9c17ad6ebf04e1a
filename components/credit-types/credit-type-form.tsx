"use client";

import { SelectField, TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormAction } from "#lib/form-state.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";

/** Adds a credit type, or edits the one that it gets. */
export function CreditTypeForm({
  creditType,
  name,
  currencies,
  back = "/credit-types",
  action,
}: {
  creditType?: {
    id: number;
    values: OriginalValues & { name: string; currency: string; exchangeRate: string };
    currencyFixed: boolean;
  };
  /** The name that the field begins with, if the link to the form has one. */
  name?: string;
  currencies: readonly { code: string; name: string }[];
  /** Where it leads after it was sent or cancelled. */
  back?: string;
  action: FormAction;
}) {
  const { id, values, currencyFixed = false } = creditType ?? {};
  // "INR Credits", as the import of a file that lacks it links here.
  const currency = currencies.find(({ code }) => name?.split(" ").includes(code))?.code ?? "";
  return (
    <Form
      action={action}
      back={back}
      {...(id !== undefined && { fields: { id: String(id) } })}
      {...(values && { original: values })}
    >
      <TextField
        label="Credit Type Name"
        name="name"
        required
        autoFocus
        autoComplete="off"
        hint="For example SGD Credits."
        initial={values?.name ?? name}
      />
      <SelectField
        label="Currency Code"
        name="currency"
        required
        disabled={currencyFixed}
        hint={currencyFixed ? "Can’t be changed because the credit type is in use." : undefined}
        initial={values?.currency ?? currency}
        options={[
          ["", "Choose a currency"],
          ...currencies.map(({ code, name }) => [code, `${code} – ${name}`] as const),
        ]}
      />
      <TextField
        label="Exchange Rate"
        name="exchangeRate"
        required
        inputMode="decimal"
        autoComplete="off"
        hint="Credits per currency unit, e.g. 100."
        initial={values?.exchangeRate}
      />
      <FormButtons button={creditType ? "Save" : "Create Credit Type"} back={back} />
    </Form>
  );
}

/** A button that archives or restores, with the refusal over it. */
export function CreditTypeArchiveForm({
  id,
  label,
  action,
}: {
  id: number;
  label: "Archive" | "Restore";
  action: FormAction;
}) {
  return (
    <Form action={action} fields={{ id: String(id) }} className="grid justify-items-start gap-3">
      <SubmitButton variant={label === "Archive" ? "danger" : "secondary"}>{label}</SubmitButton>
    </Form>
  );
}

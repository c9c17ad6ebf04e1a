"use client";

import Link from "next/link";
import { useActionState } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { SelectField, TextField } from "#components/ui/field.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormState } from "#lib/form-state.ts";

type Action = (state: FormState, data: FormData) => Promise<FormState>;

/** Adds a credit type, or edits the one it is given. */
export function CreditTypeForm({
  creditType,
  currencies,
  action,
}: {
  creditType?: { id: number; name: string; currency: string; exchangeRate: string; currencyFixed: boolean };
  currencies: readonly { code: string; name: string }[];
  action: Action;
}) {
  const [{ message, values = {}, errors = {} }, submit] = useActionState(action, {});
  return (
    <form action={submit} className="grid gap-4">
      {message && <Alert tone="error">{message}</Alert>}
      {creditType && <input type="hidden" name="id" value={creditType.id} />}
      <TextField
        label="Name"
        name="name"
        required
        autoComplete="off"
        hint="For example SGD Credits."
        defaultValue={values.name ?? creditType?.name}
        error={errors.name}
      />
      <SelectField
        label="Currency Code"
        name="currency"
        required
        disabled={creditType?.currencyFixed}
        hint={creditType?.currencyFixed ? "Fixed, because the credit type is used." : undefined}
        defaultValue={values.currency ?? creditType?.currency ?? ""}
        error={errors.currency}
      >
        <option value="">Choose a currency</option>
        {currencies.map(({ code, name }) => (
          <option key={code} value={code}>
            {code} – {name}
          </option>
        ))}
      </SelectField>
      <TextField
        label="Exchange Rate"
        name="exchangeRate"
        required
        inputMode="decimal"
        autoComplete="off"
        hint="Credits per currency unit, e.g. 100."
        defaultValue={values.exchangeRate ?? creditType?.exchangeRate}
        error={errors.exchangeRate}
      />
      <div className="flex justify-end gap-2">
        <Link href="/credit-types" className={buttonClass()}>
          Cancel
        </Link>
        <SubmitButton>{creditType ? "Save" : "Add Credit Type"}</SubmitButton>
      </div>
    </form>
  );
}

/** A button that archives or restores, with the refusal beside it. */
export function CreditTypeArchiveForm({
  id,
  label,
  action,
}: {
  id: number;
  label: "Archive" | "Restore";
  action: Action;
}) {
  const [{ message }, submit] = useActionState(action, {});
  return (
    <form action={submit} className="grid justify-items-start gap-3">
      {message && <Alert tone="error">{message}</Alert>}
      <input type="hidden" name="id" value={id} />
      <SubmitButton variant={label === "Archive" ? "danger" : "secondary"}>{label}</SubmitButton>
    </form>
  );
}

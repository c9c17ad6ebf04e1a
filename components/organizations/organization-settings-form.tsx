"use client";

import { TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import type { FormAction } from "#lib/form-state.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";
import { ALLOWANCE_HINT, type CreditTypeOption, CreditTypeSelect } from "./organization-form.tsx";
import { TagsField } from "./tags-field.tsx";

export function OrganizationSettingsForm({
  organization: { id, values, creditType, creditsMoved, formerCodes, mayChangeIdentity, mayCorrectCode },
  creditTypes,
  back,
  action,
}: {
  organization: {
    id: number;
    values: OriginalValues & {
      name: string;
      code: string;
      creditType: string;
      monthlyAllowance: string;
      tags: string;
    };
    /** The name and the currency of its credit type. */
    creditType: string;
    creditsMoved: boolean;
    /** Codes that it had after credits had moved, which still lead to it. */
    formerCodes: readonly string[];
    /** Whether the user may change code, credit type and tags; otherwise they are shown as text. */
    mayChangeIdentity: boolean;
    /** Whether the user may change the code although credits have moved. */
    mayCorrectCode: boolean;
  };
  creditTypes: readonly CreditTypeOption[];
  /** This form's own page. */
  back: string;
  action: FormAction;
}) {
  const fixed = creditsMoved ? "Can’t be changed once there are transactions." : undefined;
  const codeHint = !creditsMoved
    ? "A new code changes this page's address. Once credits have moved, only an owner can correct it."
    : mayCorrectCode
      ? "A new code changes this page's address. Addresses and usage with the old code still find the organization."
      : "Only an owner can correct the code, because credits have moved.";
  const formerHint = formerCodes.length > 0 ? ` Former codes: ${formerCodes.join(", ")}.` : "";
  return (
    <Form action={action} fields={{ id: String(id) }} original={values} back={back} stays>
      <TextField label="Organization Name" name="name" required autoComplete="off" initial={values.name} />
      {mayChangeIdentity ? (
        <>
          <TextField
            label="Organization Code"
            name="code"
            required
            autoComplete="off"
            disabled={creditsMoved && !mayCorrectCode}
            hint={codeHint + formerHint}
            initial={values.code}
          />
          <CreditTypeSelect
            creditTypes={creditTypes}
            disabled={creditsMoved}
            initial={values.creditType}
            hint={fixed}
          />
        </>
      ) : (
        <Facts
          facts={[
            [
              "Organization Code",
              values.code + (formerCodes.length > 0 ? ` (former codes: ${formerCodes.join(", ")})` : ""),
            ],
            ["Credit Type", creditType],
            ["Tags", values.tags || "None"],
          ]}
        />
      )}
      <TextField
        label="Monthly Allowance per Member"
        name="monthlyAllowance"
        inputMode="decimal"
        autoComplete="off"
        hint={ALLOWANCE_HINT}
        initial={values.monthlyAllowance}
      />
      {mayChangeIdentity && <TagsField initial={values.tags} />}
      <FormButtons button="Save" />
    </Form>
  );
}

/** What the user may read and not change. */
function Facts({ facts }: { facts: readonly (readonly [label: string, text: string])[] }) {
  return (
    <dl className="grid gap-3">
      {facts.map(([label, text]) => (
        <div key={label}>
          <dt className="font-medium">{label}</dt>
          <dd className="mt-1 text-muted wrap-anywhere">{text}</dd>
        </div>
      ))}
    </dl>
  );
}

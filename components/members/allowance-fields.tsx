import { Fragment, useId } from "react";
import { RadioChoice, TextField } from "#components/ui/field.tsx";
import type { FormState } from "#lib/form-state.ts";
import { ALLOWANCES } from "#lib/members/rules.ts";

const LABELS = {
  organization: "The default",
  own: "Own limit",
  unlimited: "Unlimited",
} as const;

/** Whose monthly allowance counts, and how much where it is the membership's own. */
export function AllowanceFields({
  state: { values = {}, errors = {} },
  current = { allowance: "organization", monthlyAllowance: "" },
  organizationAllowance,
}: {
  state: FormState;
  /** Decimal text. */
  current?: { allowance: (typeof ALLOWANCES)[number]; monthlyAllowance: string };
  /** What the organization's is, in words, where it is known. */
  organizationAllowance?: string | undefined;
}) {
  const id = useId();
  const chosen = values.allowance ?? current.allowance;
  return (
    <fieldset className="group grid gap-2" {...(errors.allowance && { "aria-describedby": `${id}-error` })}>
      <legend className="mb-1.5 font-medium">Allowance</legend>
      {ALLOWANCES.map((choice) => (
        <Fragment key={choice}>
          <RadioChoice name="allowance" value={choice} checked={chosen === choice}>
            {LABELS[choice]}
            {choice === "organization" && organizationAllowance && (
              <span className="figures text-muted"> ({organizationAllowance})</span>
            )}
          </RadioChoice>
          {choice === "own" && (
            <div className="hidden pb-1 pl-6 group-has-[[value=own]:checked]:block">
              <TextField
                label="Monthly Allowance"
                name="monthlyAllowance"
                inputMode="decimal"
                autoComplete="off"
                hint="Credits this member may spend in a calendar month; 0 lets nothing be spent."
                defaultValue={values.monthlyAllowance ?? current.monthlyAllowance}
                error={errors.monthlyAllowance}
              />
            </div>
          )}
        </Fragment>
      ))}
      {errors.allowance && (
        <p id={`${id}-error`} className="text-[0.8125rem] font-medium text-danger">
          {errors.allowance}
        </p>
      )}
    </fieldset>
  );
}

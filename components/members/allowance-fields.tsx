"use client";

import { Fragment } from "react";
import { RadioChoice, TextField, useFieldsetNotes } from "#components/ui/field.tsx";
import { ALLOWANCES } from "#lib/members/rules/choices.ts";
import { ALLOWANCE_LABELS } from "./words.ts";

type Allowance = (typeof ALLOWANCES)[number];

const label = (allowance: string) => ALLOWANCE_LABELS[allowance as Allowance] ?? allowance;

/** Whose monthly allowance counts, and how much where it is the membership's own. */
export function AllowanceFields({
  initial = { allowance: "organization", monthlyAllowance: "" },
  organizationAllowance,
  autoFocus = false,
}: {
  /** `monthlyAllowance` is decimal text. */
  initial?: { allowance: Allowance; monthlyAllowance: string };
  /** The organization's allowance in words, if the organization is known. */
  organizationAllowance?: string | undefined;
  /** Whether the amount has the focus when the page opens with it. */
  autoFocus?: boolean;
}) {
  const { describedBy, notes } = useFieldsetNotes("allowance", label);
  return (
    <fieldset className="group grid gap-2" aria-describedby={describedBy}>
      <legend className="mb-1.5 font-medium">Allowance</legend>
      {ALLOWANCES.map((choice) => (
        <Fragment key={choice}>
          <RadioChoice name="allowance" value={choice} initial={initial.allowance === choice}>
            {label(choice)}
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
                hint="Credits this member may spend in a calendar month; 0 blocks spending."
                initial={initial.monthlyAllowance}
                autoFocus={autoFocus}
              />
            </div>
          )}
        </Fragment>
      ))}
      {notes}
    </fieldset>
  );
}

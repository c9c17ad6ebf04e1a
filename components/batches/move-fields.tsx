"use client";

import { RadioChoice, TextField, useFieldsetNotes } from "#components/ui/field.tsx";
import type { MoveKind, Split } from "#lib/batches/rules/credits.ts";

/** How much moves. */
export function MoveFields({
  move,
  split,
  amount,
  isNew,
}: {
  move: MoveKind;
  split: Split;
  amount: string;
  /** Nothing was typed yet, so that the focus begins here. */
  isNew: boolean;
}) {
  const { describedBy, notes } = useFieldsetNotes("split");
  return (
    <>
      <fieldset className="grid gap-1.5" aria-describedby={describedBy}>
        <legend className="mb-1.5 font-medium">How much</legend>
        <RadioChoice name="split" value="each" initial={split === "each"}>
          The same for each organization
        </RadioChoice>
        <RadioChoice name="split" value="member" initial={split === "member"}>
          So much per active member
        </RadioChoice>
        <RadioChoice name="split" value="target" initial={split === "target"}>
          {move === "allocation" ? "Up to a balance" : "Down to a balance"}
        </RadioChoice>
        {notes}
      </fieldset>
      <TextField
        label="Amount"
        name="amount"
        initial={amount}
        inputMode="decimal"
        autoComplete="off"
        hint="In credits, with at most 6 decimal places."
        {...(isNew && { autoFocus: true })}
      />
    </>
  );
}

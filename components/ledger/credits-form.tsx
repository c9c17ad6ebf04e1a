"use client";

import Link from "next/link";
import { useActionState, useEffect } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { TextField } from "#components/ui/field.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormState } from "#lib/form-state.ts";

export type MoveCreditsAction = (state: FormState, data: FormData) => Promise<FormState>;

/** What moves, and how its button says it. */
export const MOVES = {
  purchase: {
    label: "Record purchase",
    field: "creditType",
    noteHint: "Optional, for example an order number.",
  },
  allocation: { label: "Add credits", field: "organization", noteHint: "Optional, for example a reason." },
  return: { label: "Return credits", field: "organization", noteHint: "Optional, for example a reason." },
} as const;

export type CreditsFormProps = {
  kind: keyof typeof MOVES;
  /** The credit type's or the organization's row id. */
  target: number;
  /** Made by the server for each rendering: a form that is sent twice moves credits once. */
  requestId: string;
  /** How much there is, in words. */
  standing: string;
  /** Where it leads when it is done or given up. */
  back: string;
  action: MoveCreditsAction;
};

/** Amount and note of a purchase, an allocation or a return; on its own page and in a dialog. */
export function CreditsForm({
  kind,
  target,
  requestId,
  standing,
  back,
  action,
  onDone,
}: CreditsFormProps & {
  /** In a dialog: closes it. The action then leaves the page where it is. */
  onDone?: () => void;
}) {
  const [state, submit] = useActionState(action, {});
  useEffect(() => {
    if (state.finished) onDone?.();
  }, [state, onDone]);
  const { values = {}, errors = {} } = state;
  const { label, field, noteHint } = MOVES[kind];
  const problem = state.message ?? errors[field] ?? errors.requestId;
  return (
    <form action={submit} className="grid gap-4">
      {problem && <Alert tone="error">{problem}</Alert>}
      <p className="figures break-words text-muted">{standing}</p>
      <input type="hidden" name={field} value={target} />
      <input type="hidden" name="requestId" value={values.requestId ?? requestId} />
      <input type="hidden" name="back" value={back} />
      {onDone && <input type="hidden" name="dialog" value="1" />}
      <TextField
        label="Amount"
        name="amount"
        required
        inputMode="decimal"
        autoComplete="off"
        hint="In credits, with at most 6 decimal places."
        defaultValue={values.amount}
        error={errors.amount}
      />
      <TextField
        label="Note"
        name="note"
        autoComplete="off"
        hint={noteHint}
        defaultValue={values.note}
        error={errors.note}
      />
      <div className="flex justify-end gap-2">
        {!onDone && (
          <Link href={back} prefetch={false} className={buttonClass()}>
            Cancel
          </Link>
        )}
        <SubmitButton>{label}</SubmitButton>
      </div>
    </form>
  );
}

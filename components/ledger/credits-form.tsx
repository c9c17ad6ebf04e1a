"use client";

import { DateField } from "#components/ui/date-field.tsx";
import { TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import type { FormAction } from "#lib/form-state.ts";
import type { MoveFigures, MoveKind } from "#lib/move-preview.ts";
import type { DateFormat } from "#lib/time.ts";
import { AmountField } from "./amount-field.tsx";

/** Each kind of movement with the label of its button. */
export const MOVES = {
  purchase: {
    label: "Record purchase",
    field: "creditType",
    noteHint: "Optional, for example an order number.",
  },
  allocation: { label: "Add credits", field: "organization", noteHint: "Optional, for example a reason." },
  return: { label: "Return credits", field: "organization", noteHint: "Optional, for example a reason." },
} as const satisfies Record<MoveKind, unknown>;

export type CreditsFormProps = {
  kind: MoveKind;
  /** The credit type's or the organization's row id. */
  target: number;
  /** Made by the server for each rendering: a form that is sent twice moves credits once. */
  requestId: string;
  /** What can be moved, in a sentence above the fields. */
  introduction: string;
  /** The amount that the field begins with, if the link to the form has one. */
  amount?: string;
  /** The figures before the move, from which the form computes those after it. */
  figures: MoveFigures;
  /** Of a purchase: today in the enterprise's time zone as "2026-11-26", its date format, and the code of the currency. */
  deal?: { today: string; dateFormat: DateFormat; currency: string };
  /** Where it leads after it was sent or cancelled. */
  back: string;
  action: FormAction;
};

/**
 * Amount and note of a purchase, an allocation or a return, and what is known of a purchase's deal; on its own page and in
 * a dialog.
 */
export function CreditsForm({
  kind,
  target,
  requestId,
  introduction,
  amount,
  figures,
  deal,
  back,
  action,
  onDone,
}: CreditsFormProps & {
  /** In a dialog: closes it. The action then leaves the page where it is. */
  onDone?: () => void;
}) {
  const { label, field, noteHint } = MOVES[kind];
  return (
    <Form
      action={action}
      fields={{ [field]: String(target) }}
      sentOnce={requestId}
      back={back}
      onDone={onDone}
    >
      <p className="figures wrap-anywhere text-muted">{introduction}</p>
      <AmountField kind={kind} initial={amount} figures={figures} />
      <TextField label="Note" name="note" autoComplete="off" hint={noteHint} />
      {deal && (
        <>
          <DateField
            label="Purchase date"
            name="purchaseDate"
            max={deal.today}
            initial={deal.today}
            dateFormat={deal.dateFormat}
            hint="The day of the deal. The credits count from today."
          />
          <TextField
            label="Total paid"
            name="paid"
            inputMode="decimal"
            autoComplete="off"
            hint={`Optional, in ${deal.currency}.`}
          />
          <TextField label="Invoice number" name="invoiceNumber" autoComplete="off" hint="Optional." />
        </>
      )}
      <FormButtons button={label} back={back} onCancel={onDone} />
    </Form>
  );
}

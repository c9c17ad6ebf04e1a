"use client";

import { TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import type { FormAction } from "#lib/form-state.ts";

/** Asks for a reason and reverses an entry. Because of `requestId`, a second submit changes nothing. */
export function ReverseForm({
  entry,
  requestId,
  back,
  action,
}: {
  entry: number;
  requestId: string;
  back: string;
  action: FormAction;
}) {
  return (
    <Form action={action} fields={{ entry: String(entry) }} sentOnce={requestId}>
      <TextField
        label="Reason"
        name="note"
        autoFocus
        hint="Optional. It is stored with the reversal and in the audit trail."
        maxLength={400}
        autoComplete="off"
      />
      <FormButtons button="Reverse" variant="danger" back={back} />
    </Form>
  );
}

"use client";

import Link from "next/link";
import { useActionState } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { TextField } from "#components/ui/field.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormState } from "#lib/form-state.ts";

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
  action: (state: FormState, data: FormData) => Promise<FormState>;
}) {
  const [state, submit] = useActionState(action, {});
  const problem = state.message ?? state.errors?.entry ?? state.errors?.requestId;
  return (
    <form action={submit} className="grid gap-4">
      {problem && <Alert tone="error">{problem}</Alert>}
      <input type="hidden" name="entry" value={entry} />
      <input type="hidden" name="requestId" value={state.values?.requestId ?? requestId} />
      <TextField
        label="Reason"
        name="note"
        hint="Optional. It is kept with the reversal and in the audit."
        maxLength={400}
        autoComplete="off"
        defaultValue={state.values?.note ?? ""}
        error={state.errors?.note}
      />
      <div className="flex justify-end gap-2">
        <Link href={back} prefetch={false} className={buttonClass()}>
          Cancel
        </Link>
        <SubmitButton variant="danger">Reverse</SubmitButton>
      </div>
    </form>
  );
}

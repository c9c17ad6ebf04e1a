"use client";

import { TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import type { FormAction } from "#lib/form-state.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";

export function RefusalRetentionForm({
  retention,
  action,
}: {
  retention: OriginalValues & { refusalDays: string };
  action: FormAction;
}) {
  return (
    <Form action={action} original={retention} stays>
      <TextField
        label="Keep refusals for"
        name="refusalDays"
        required
        inputMode="numeric"
        autoComplete="off"
        initial={retention.refusalDays}
        hint="In days, from 1 to 3650. Older ones are deleted once a day."
      />
      <FormButtons button="Set days" />
    </Form>
  );
}

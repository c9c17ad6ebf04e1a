"use client";

import { SelectField, TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import type { FormAction } from "#lib/form-state.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";

/** Renames an application, or hides it. */
export function ApplicationForm({
  id,
  values,
  action,
}: {
  id: number;
  values: OriginalValues & { name: string; status: string };
  action: FormAction;
}) {
  return (
    <Form action={action} fields={{ id: String(id) }} original={values}>
      <TextField
        label="Name"
        name="name"
        required
        autoFocus
        autoComplete="off"
        hint="The name that the portal shows. Applications keep sending their own name."
        initial={values.name}
      />
      <SelectField
        label="In the filter of transactions"
        name="status"
        initial={values.status}
        options={[
          ["listed", "Listed"],
          ["hidden", "Hidden"],
        ]}
      />
      <FormButtons button="Save" back="/transactions/applications" />
    </Form>
  );
}

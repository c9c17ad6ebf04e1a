"use client";

import { TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import { useSuggestions } from "#components/ui/suggestions.tsx";
import type { FormAction } from "#lib/form-state.ts";

/** Asks for the name of the other application; its answer is the preview. */
export function ChooseApplicationForm({ path, into, back }: { path: string; into: string; back: string }) {
  const { control, list } = useSuggestions("/transactions/suggest?application=", () => {});
  return (
    <form action={path} method="get" className="grid gap-4">
      <TextField
        label="Name of the other application"
        name="into"
        required
        autoFocus
        spellCheck={false}
        maxLength={100}
        initial={into}
        hint="Type a part of the name to find it."
        {...control}
      />
      {list}
      <FormButtons button="Preview" back={back} />
    </form>
  );
}

/** Confirms the merge that the page shows. */
export function MergeApplicationsForm({
  id,
  into,
  back,
  action,
}: {
  id: number;
  into: number;
  back: string;
  action: FormAction;
}) {
  return (
    <Form action={action} fields={{ id: String(id), into: String(into) }} back={back}>
      <FormButtons button="Merge" variant="danger" back={back} />
    </Form>
  );
}

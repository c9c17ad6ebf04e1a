"use client";

import { TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import { useSuggestions } from "#components/ui/suggestions.tsx";
import type { FormAction } from "#lib/form-state.ts";

/** Asks for the other person by email or name, and leads to the preview. */
export function ChooseMemberForm({ path, email, back }: { path: string; email: string; back: string }) {
  const { control, list } = useSuggestions("/transactions/suggest?member=", () => {}, { takesOnly: true });
  return (
    <form action={path} method="get" className="grid gap-4">
      <TextField
        label="Email of the other person"
        name="with"
        required
        autoFocus
        spellCheck={false}
        initial={email}
        hint="Type a part of the name to find it."
        {...control}
      />
      {list}
      <FormButtons button="Preview" back={back} />
    </form>
  );
}

/** Confirms the merge that the page shows. */
export function MergeForm({
  member,
  email,
  back,
  action,
}: {
  member: number;
  email: string;
  back: string;
  action: FormAction;
}) {
  return (
    <Form action={action} fields={{ member: String(member), email }} back={back}>
      <FormButtons button="Merge" variant="danger" back={back} />
    </Form>
  );
}

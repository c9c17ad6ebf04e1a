"use client";

import { FILTER_CONTROL, FilterField } from "#components/ui/filter-form.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import { useSuggestions } from "#components/ui/suggestions.tsx";
import type { FormAction } from "#lib/form-state.ts";

/** Asks for the name of the other application; its answer is the preview. */
export function ChooseApplicationForm({ path, into, back }: { path: string; into: string; back: string }) {
  const { control, list } = useSuggestions("/transactions/suggest?application=", () => {});
  return (
    <form action={path} method="get" className="grid gap-4">
      <FilterField label="Name of the other application" after={list}>
        <input
          type="text"
          name="into"
          required
          spellCheck={false}
          maxLength={100}
          defaultValue={into}
          className={FILTER_CONTROL}
          {...control}
        />
      </FilterField>
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

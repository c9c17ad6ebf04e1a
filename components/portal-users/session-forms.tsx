"use client";

import { Form } from "#components/ui/form.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormAction } from "#lib/form-state.ts";

/** A button that ends a session, or several. */
export function EndSessionsForm({
  action,
  fields,
  button,
  of,
}: {
  action: FormAction;
  /** `session` and, on an owner's page, `user`. */
  fields: Record<string, string>;
  button: string;
  /** Tells this button from others of the same name, when somebody hears the page. */
  of?: string;
}) {
  return (
    <Form action={action} fields={fields} stays className="grid justify-items-end gap-2">
      <SubmitButton size="sm" variant="danger">
        {button}
        {of && <span className="sr-only"> {of}</span>}
      </SubmitButton>
    </Form>
  );
}

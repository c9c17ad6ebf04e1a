"use client";

import { TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormAction } from "#lib/form-state.ts";

export function SaveViewForm({
  href,
  mayShare,
  action,
}: {
  href: string;
  mayShare: boolean;
  action: FormAction;
}) {
  return (
    <Form action={action} fields={{ href }} back={href}>
      {({ values = {} }) => (
        <>
          <TextField label="Name" name="name" required autoFocus autoComplete="off" hint={href} />
          {mayShare && (
            <label className="flex items-start gap-2.5">
              <input type="checkbox" name="shared" defaultChecked={values.shared === "on"} className="mt-1" />
              <span>
                Share it
                <span className="block text-[0.8125rem] text-muted">
                  Everybody with a role on the whole enterprise sees its name.
                </span>
              </span>
            </label>
          )}
          <FormButtons button="Save view" back={href} />
        </>
      )}
    </Form>
  );
}

export function RenameViewForm({ id, name, action }: { id: number; name: string; action: FormAction }) {
  return (
    <Form action={action} fields={{ id: String(id) }} original={{ name }} back="/views">
      <TextField label="Name" name="name" initial={name} required autoFocus autoComplete="off" />
      <FormButtons button="Rename" back="/views" />
    </Form>
  );
}

export function RemoveViewForm({ id, action }: { id: number; action: FormAction }) {
  return (
    <Form action={action} fields={{ id: String(id) }} back="/views">
      <FormButtons button="Remove view" variant="danger" />
    </Form>
  );
}

export function StarViewForm({
  id,
  name,
  starred,
  action,
}: {
  id: number;
  name: string;
  starred: boolean;
  action: FormAction;
}) {
  return (
    <Form action={action} fields={{ id: String(id), starred: starred ? "off" : "on" }} back="/views">
      <SubmitButton size="sm" variant="secondary">
        {starred ? "Unstar" : "Star"}
        <span className="sr-only"> {name}</span>
      </SubmitButton>
    </Form>
  );
}

"use client";

import { Email } from "#components/ui/email.tsx";
import { EmailField } from "#components/ui/field.tsx";
import { Form } from "#components/ui/form.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormAction } from "#lib/form-state.ts";

/** A person's former emails; with actions, those who may change members remove them and add others. */
export function FormerEmails({
  member,
  items,
  back,
  actions,
}: {
  member: { id: number; name: string };
  items: readonly { id: number; email: string }[];
  back: string;
  actions: { add: FormAction; remove: FormAction } | null;
}) {
  return (
    <div className="grid max-w-xl gap-3">
      <p className="text-muted">
        {items.length === 0
          ? `No former emails. When ${member.name}’s email changes, the old one is kept here.`
          : `Usage, files and filters that name one of these find ${member.name} too.`}
      </p>
      {items.length > 0 && (
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
          {items.map(({ id, email }) => (
            <li key={id} className="flex flex-wrap items-center justify-between gap-2 px-3 py-2">
              <span className="min-w-0">
                <Email>{email}</Email>
              </span>
              {actions && (
                <Form action={actions.remove} fields={{ id: String(id) }} back={back} stays className="">
                  <SubmitButton variant="secondary" size="sm">
                    Remove<span className="sr-only"> {email}</span>
                  </SubmitButton>
                </Form>
              )}
            </li>
          ))}
        </ul>
      )}
      {actions && (
        <Form
          // A new form, empty again, after an address was added.
          key={items.length}
          action={actions.add}
          fields={{ member: String(member.id) }}
          back={back}
          stays
        >
          <EmailField label="Former email" name="email" required autoComplete="off" />
          <div>
            <SubmitButton variant="secondary">Add former email</SubmitButton>
          </div>
        </Form>
      )}
    </div>
  );
}

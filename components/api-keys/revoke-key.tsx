"use client";

import { buttonClass } from "#components/ui/button.tsx";
import { DialogLink } from "#components/ui/dialog-link.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import type { FormAction } from "#lib/form-state.ts";

type Props = { id: number; back: string; action: FormAction };

/** Asks before a key is ended. */
export function RevokeKeyForm({ id, back, action, onDone }: Props & { onDone?: () => void }) {
  return (
    <Form action={action} fields={{ id: String(id) }} back={back} onDone={onDone}>
      <ul className="list-disc space-y-1 pl-5 text-left text-muted">
        <li>Applications that use this key stop working immediately.</li>
        <li>Recorded usage is kept.</li>
        <li>This can’t be undone: create another key instead.</li>
      </ul>
      <FormButtons button="Revoke" variant="danger" back={back} onCancel={onDone} />
    </Form>
  );
}

export function RevokeKey({ name, size = "sm", ...props }: Props & { name: string; size?: "sm" | "md" }) {
  return (
    <DialogLink
      href={`/api-keys/${props.id}/revoke?${new URLSearchParams({ back: props.back })}`}
      title={`Revoke ${name}?`}
      className={buttonClass({ variant: "danger", size })}
      form={(close) => <RevokeKeyForm {...props} onDone={close} />}
    >
      Revoke
      <span className="sr-only"> {name}</span>
    </DialogLink>
  );
}

"use client";

import Link from "next/link";
import { useActionState, useEffect } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { DialogLink } from "#components/ui/dialog-link.tsx";
import { HiddenFields } from "#components/ui/hidden-fields.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormState } from "#lib/form-state.ts";

type Props = {
  id: number;
  back: string;
  action: (state: FormState, data: FormData) => Promise<FormState>;
};

/** Asks before a key is ended. */
export function RevokeKeyForm({ id, back, action, onDone }: Props & { onDone?: () => void }) {
  const [state, submit] = useActionState(action, {});
  useEffect(() => {
    if (state.finished) onDone?.();
  }, [state, onDone]);
  const problem = state.message ?? state.errors?.id;
  return (
    <form action={submit} className="grid gap-4">
      {problem && <Alert tone="error">{problem}</Alert>}
      <HiddenFields fields={{ id: String(id), back, ...(onDone && { dialog: "1" }) }} />
      <ul className="list-disc space-y-1 pl-5 text-muted">
        <li>Its next request is refused, whatever application makes it.</li>
        <li>What was recorded with it stays.</li>
        <li>It cannot be undone: create another key instead.</li>
      </ul>
      <div className="flex justify-end gap-2">
        {!onDone && (
          <Link href={back} prefetch={false} className={buttonClass()}>
            Cancel
          </Link>
        )}
        <SubmitButton variant="danger">Revoke</SubmitButton>
      </div>
    </form>
  );
}

export function RevokeKey({ name, ...props }: Props & { name: string }) {
  return (
    <DialogLink
      href={`/api-keys/${props.id}/revoke?${new URLSearchParams({ back: props.back })}`}
      title={`Revoke ${name}?`}
      className={buttonClass({ variant: "danger", size: "sm" })}
      form={(close) => <RevokeKeyForm {...props} onDone={close} />}
    >
      Revoke
      <span className="sr-only"> {name}</span>
    </DialogLink>
  );
}

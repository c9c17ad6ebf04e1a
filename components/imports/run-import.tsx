"use client";

import Link from "next/link";
import { useActionState } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormState } from "#lib/form-state.ts";

export function RunImport({
  id,
  label,
  cancel,
  action,
}: {
  id: string;
  label: string;
  /** Where Cancel leads. */
  cancel: string;
  action: (state: FormState, data: FormData) => Promise<FormState>;
}) {
  const [{ message }, submit] = useActionState(action, {});
  return (
    <form action={submit} className="grid gap-3">
      {message && <Alert tone="error">{message}</Alert>}
      <input type="hidden" name="id" value={id} />
      <div className="flex flex-wrap gap-2">
        <SubmitButton>{label}</SubmitButton>
        <Link href={cancel} className={buttonClass()}>
          Cancel
        </Link>
      </div>
    </form>
  );
}

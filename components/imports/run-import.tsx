"use client";

import { buttonClass } from "#components/ui/button.tsx";
import { Form } from "#components/ui/form.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormAction } from "#lib/form-state.ts";

export function RunImport({
  id,
  digest,
  label,
  cancel,
  action,
}: {
  id: string;
  /** Of the preview that the page shows. */
  digest: string;
  label: string;
  /** Where Cancel leads. */
  cancel: string;
  action: FormAction;
}) {
  return (
    <Form action={action} fields={{ id, expected: digest }} className="grid gap-3">
      <div className="flex flex-wrap gap-2">
        <SubmitButton>{label}</SubmitButton>
        <SoftLink href={cancel} className={buttonClass()}>
          Cancel
        </SoftLink>
      </div>
    </Form>
  );
}

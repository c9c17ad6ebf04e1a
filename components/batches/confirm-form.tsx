"use client";

import type { ReactNode } from "react";
import { Form } from "#components/ui/form.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormAction } from "#lib/form-state.ts";

/** Does what the preview shows. Because of `requestId`, a second submit changes nothing. */
export function ConfirmForm({
  fields,
  requestId,
  back,
  button,
  variant = "primary",
  action,
}: {
  fields: Record<string, string>;
  requestId: string;
  back: string;
  button: ReactNode;
  variant?: "primary" | "danger";
  action: FormAction;
}) {
  return (
    <Form action={action} fields={fields} sentOnce={requestId} back={back}>
      <div className="flex justify-end">
        {/* The preview was asked for, so that Enter goes on with it. */}
        <SubmitButton variant={variant} autoFocus>
          {button}
        </SubmitButton>
      </div>
    </Form>
  );
}

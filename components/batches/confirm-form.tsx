"use client";

import type { ReactNode } from "react";
import { buttonClass } from "#components/ui/button.tsx";
import { Form } from "#components/ui/form.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormAction } from "#lib/form-state.ts";

/** The id of the form, by which {@link PreviewForm} finds the note that is typed there. */
export const CONFIRM_FORM = "confirm-preview";

/**
 * Does what the preview shows. Because of `requestId`, a second submit changes nothing. Within a `group/preview`, it is
 * hidden while what was typed above the preview is no longer what the preview shows.
 */
export function ConfirmForm({
  fields,
  requestId,
  back,
  cancel,
  button,
  variant = "primary",
  action,
  children,
}: {
  fields: Record<string, string>;
  requestId: string;
  back: string;
  /** Where "Cancel" leads; left out where the form above the preview has it. */
  cancel?: string;
  button: ReactNode;
  variant?: "primary" | "danger";
  action: FormAction;
  children?: ReactNode;
}) {
  return (
    <>
      <Form
        id={CONFIRM_FORM}
        action={action}
        fields={fields}
        sentOnce={requestId}
        back={back}
        className="grid gap-4 group-has-[[data-outdated]]/preview:hidden"
      >
        {children}
        <div className="flex flex-wrap justify-end gap-2">
          {cancel !== undefined && (
            <SoftLink href={cancel} className={buttonClass()}>
              Cancel
            </SoftLink>
          )}
          {/* The preview was asked for, so that Enter goes on with it. */}
          <SubmitButton variant={variant} autoFocus={cancel === undefined}>
            {button}
          </SubmitButton>
        </div>
      </Form>
      <p className="hidden text-muted group-has-[[data-outdated]]/preview:block">
        You have changed what is above. Preview it before you go on.
      </p>
    </>
  );
}

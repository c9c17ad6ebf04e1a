"use client";

import { type ReactNode, useActionState, useEffect, useRef, useState } from "react";
import type { FormAction, FormState } from "#lib/form-state.ts";
import { encodeOriginal, ORIGINAL_FIELD, type OriginalValues } from "#lib/stale-edit.ts";
import { Alert } from "./alert.tsx";
import { Button, buttonClass } from "./button.tsx";
import { ConfirmationFields } from "./confirmation-fields.tsx";
import { FormAnswer } from "./form-answer.ts";
import { HiddenFields } from "./hidden-fields.tsx";
import { useHydrated } from "./hydrated.ts";
import { SoftLink } from "./soft-link.tsx";
import { SubmitButton } from "./submit-button.tsx";

export { useFormAnswer } from "./form-answer.ts";

const atFault = (form: HTMLFormElement | null) =>
  form?.querySelector<HTMLElement>("[aria-invalid=true], [data-conflict]");

const firstOfConfirmation = (form: HTMLFormElement | null) =>
  form?.querySelector<HTMLElement>("[data-testid=confirmation] :is(button, input:not([type=hidden]), a)");

/**
 * A form around a server action. It shows refusals, gives what was typed back to its fields, and moves the focus to
 * the first field at fault, or to the question who the person is. Without JavaScript the browser sends it and the page shows the same answer.
 */
export function Form({
  id,
  action,
  fields = {},
  back,
  original,
  sentOnce,
  stays = false,
  onDone,
  className = "grid gap-4",
  replacedBy,
  children,
}: {
  /** By which buttons outside the form name it, in their attribute `form`. */
  id?: string;
  action: FormAction;
  /** Hidden fields. */
  fields?: Record<string, string>;
  /** The page that it was opened from. The action redirects there. */
  back?: string | undefined;
  /** Of a form that changes what is there already: the values that it shows, as the server read them. */
  original?: OriginalValues;
  /** A request id from the server, which makes a form that is sent twice act once. */
  sentOnce?: string;
  /** Its own page shows it again after it succeeded. */
  stays?: boolean;
  /** In a dialog: closes it. */
  onDone?: (() => void) | undefined;
  className?: string;
  /** An answer that takes the form's place. */
  replacedBy?: (state: FormState) => ReactNode;
  children: ReactNode | ((state: FormState) => ReactNode);
}) {
  const [state, submit] = useActionState(action, {});
  const form = useRef<HTMLFormElement>(null);
  const hydrated = useHydrated();
  // Once somebody types, a page that is rendered again in the background must not renew the original values below
  // what was typed.
  const [held, setHeld] = useState<OriginalValues | null>(null);
  const [previousState, setPreviousState] = useState(state);
  if (state !== previousState) {
    setPreviousState(state);
    setHeld(null);
  }

  useEffect(() => {
    if (state.finished) onDone?.();
    else (atFault(form.current) ?? (state.confirmation && firstOfConfirmation(form.current)))?.focus();
  }, [state, onDone]);

  const hidden = {
    ...fields,
    ...(sentOnce !== undefined && { requestId: state.values?.requestId ?? sentOnce }),
    ...(back !== undefined && { back }),
    ...((onDone || (stays && hydrated)) && { stay: "1" }),
    ...(original && { [ORIGINAL_FIELD]: state.values?.[ORIGINAL_FIELD] ?? encodeOriginal(held ?? original) }),
  };
  // No field shows what is wrong with a hidden one.
  const problem =
    state.message ?? [...Object.keys(fields), "requestId"].map((name) => state.errors?.[name]).find(Boolean);
  const replacement = replacedBy?.(state);
  if (replacement) return replacement;
  return (
    <form
      ref={form}
      id={id}
      action={submit}
      className={className}
      onInput={() => original && held === null && setHeld(original)}
    >
      {problem && <Alert tone="error">{problem}</Alert>}
      <HiddenFields fields={hidden} />
      <FormAnswer value={state}>
        <ConfirmationFields />
        {typeof children === "function" ? children(state) : children}
      </FormAnswer>
    </form>
  );
}

/** The end of a form: "Cancel" and the button that sends it. */
export function FormButtons({
  button,
  variant = "primary",
  back,
  onCancel,
}: {
  button: ReactNode;
  variant?: "primary" | "danger";
  /** Where "Cancel" leads. */
  back?: string | undefined;
  /** In a dialog: closes it instead. */
  onCancel?: (() => void) | undefined;
}) {
  return (
    <div className="flex flex-wrap justify-end gap-2">
      {onCancel ? (
        <Button onClick={onCancel}>Cancel</Button>
      ) : (
        back !== undefined && (
          <SoftLink href={back} className={buttonClass()}>
            Cancel
          </SoftLink>
        )
      )}
      <SubmitButton variant={variant}>{button}</SubmitButton>
    </div>
  );
}

"use client";

import { useActionState } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormState } from "#lib/form-state.ts";
import type { ImportKind, ImportMode } from "#lib/imports/rules.ts";
import { ModeField } from "./mode-field.tsx";

/** Checks the same upload again: in another mode, or because the portal has changed. */
export function CheckAgain({
  id,
  kind,
  mode,
  isOpen,
  action,
}: {
  id: string;
  kind: ImportKind;
  mode: ImportMode;
  /** Whether it is what somebody is likely to do next, because the file has errors. */
  isOpen: boolean;
  action: (state: FormState, data: FormData) => Promise<FormState>;
}) {
  const [{ message, errors = {} }, submit] = useActionState(action, {});
  const problem = message ?? errors.id ?? errors.mode;
  return (
    <details open={isOpen} className="rounded-md border border-line px-3 py-2">
      <summary className="cursor-pointer font-medium">Check this file again</summary>
      <form action={submit} className="mt-3 grid gap-3">
        {problem && <Alert tone="error">{problem}</Alert>}
        <input type="hidden" name="id" value={id} />
        {kind === "allocations" ? (
          <input type="hidden" name="mode" value={mode} />
        ) : (
          <ModeField key={mode} defaultValue={mode} />
        )}
        <div>
          <SubmitButton variant="secondary">Check again</SubmitButton>
        </div>
      </form>
    </details>
  );
}

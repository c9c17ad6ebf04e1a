"use client";

import { TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import type { FormAction } from "#lib/form-state.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";

export function SessionLimitsForm({
  limits,
  action,
}: {
  limits: OriginalValues & { sessionLifetime: string; sessionIdle: string };
  action: FormAction;
}) {
  return (
    <Form action={action} original={limits} stays>
      <TextField
        label="Sessions last at most"
        name="sessionLifetime"
        required
        autoComplete="off"
        initial={limits.sessionLifetime}
        hint="From sign-in on, between 1 hour and 90 days. If you shorten it, sessions that are older end at their next request."
      />
      <TextField
        label="End a session without use after"
        name="sessionIdle"
        autoComplete="off"
        initial={limits.sessionIdle}
        hint="Between 15 minutes and 30 days. Empty for never."
      />
      <FormButtons button="Save limits" />
    </Form>
  );
}

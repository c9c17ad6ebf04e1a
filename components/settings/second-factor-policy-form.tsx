"use client";

import { SelectField, TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import type { FormAction } from "#lib/form-state.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";

export function SecondFactorPolicyForm({
  policy,
  action,
}: {
  policy: OriginalValues & { requireSecondFactor: string; askAgainAbove: string };
  action: FormAction;
}) {
  return (
    <Form action={action} original={policy} stays>
      <SelectField
        label="Require a second factor"
        name="requireSecondFactor"
        initial={policy.requireSecondFactor}
        hint="People who sign in with a password and have no second factor must add one before they can do anything else. Single sign-on relies on its provider."
        options={[
          ["off", "No"],
          ["on", "Yes"],
        ]}
      />
      <TextField
        label="Ask again above"
        name="askAgainAbove"
        inputMode="decimal"
        autoComplete="off"
        initial={policy.askAgainAbove}
        hint="Credits. Moving more than this at once asks people to confirm who they are, unless they did in the last 5 minutes. Empty for never."
      />
      <FormButtons button="Save rules" />
    </Form>
  );
}

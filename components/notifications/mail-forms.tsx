"use client";

import { RadioChoice, useFieldsetNotes } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormAction } from "#lib/form-state.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";
import { EventChoice } from "./event-choice.tsx";

const FREQUENCIES = [
  ["at_once", "At once, at most one mail in two minutes"],
  ["daily", "Once a day, from 07:00 on"],
] as const;

function FrequencyFields({ initial }: { initial: string }) {
  const { describedBy, notes } = useFieldsetNotes(
    "frequency",
    (value) => FREQUENCIES.find(([one]) => one === value)?.[1] ?? value,
  );
  return (
    <fieldset className="grid gap-2" aria-describedby={describedBy}>
      <legend className="mb-1.5 font-medium">When</legend>
      {FREQUENCIES.map(([value, label]) => (
        <RadioChoice key={value} name="frequency" value={value} initial={initial === value}>
          {label}
        </RadioChoice>
      ))}
      {notes}
    </fieldset>
  );
}

/** What a portal user gets by mail. */
export function MailPreferenceForm({
  portalUser,
  values,
  back,
  action,
}: {
  portalUser: number;
  values: OriginalValues & { frequency: string };
  back: string;
  action: FormAction;
}) {
  return (
    <Form action={action} fields={{ portalUser: String(portalUser) }} original={values} back={back}>
      <FrequencyFields initial={values.frequency} />
      <EventChoice initial={values} />
      <p className="text-[0.8125rem] text-muted">
        Choose nothing for no mails. Nobody is told of an organization that they may not read.
      </p>
      <FormButtons button="Save emails" back={back} />
    </Form>
  );
}

/** Sends a mail to the owner who presses the button. */
export function TestMailForm({ back, action }: { back: string; action: FormAction }) {
  return (
    <Form action={action} back={back} stays className="grid gap-2">
      <SubmitButton variant="secondary">Send me a test mail</SubmitButton>
    </Form>
  );
}

"use client";

import { SelectField, TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import type { FormAction } from "#lib/form-state.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";

export function SettingsForm({
  settings,
  timeZones,
  dateFormats,
  action,
}: {
  settings: OriginalValues & { enterpriseName: string; timeZone: string; dateFormat: string };
  timeZones: readonly string[];
  /** Each with today's date as an example. */
  dateFormats: readonly { format: string; example: string }[];
  action: FormAction;
}) {
  return (
    <Form action={action} original={settings} stays>
      <TextField
        label="Enterprise name"
        name="enterpriseName"
        required
        autoComplete="organization"
        initial={settings.enterpriseName}
      />
      <SelectField
        label="Time zone"
        name="timeZone"
        hint="Decides when days and months start. If you change it, everything recorded keeps its day and month. This month then ends at midnight in the new time zone."
        initial={settings.timeZone}
        options={timeZones.map((zone) => [zone, zone])}
      />
      <SelectField
        label="Date format"
        name="dateFormat"
        initial={settings.dateFormat}
        options={dateFormats.map(({ format, example }) => [format, `${format} (${example})`])}
      />
      <FormButtons button="Save" />
    </Form>
  );
}

"use client";

import { useActionState } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { SelectField, TextField } from "#components/ui/field.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { FormState } from "#lib/form-state.ts";

export function SettingsForm({
  settings,
  timeZones,
  dateFormats,
  action,
}: {
  settings: { enterpriseName: string; timeZone: string; dateFormat: string };
  timeZones: readonly string[];
  /** Each with today's date as an example. */
  dateFormats: readonly { format: string; example: string }[];
  action: (state: FormState, data: FormData) => Promise<FormState>;
}) {
  const [{ message, values = {}, errors = {} }, submit] = useActionState(action, {});
  return (
    <form action={submit} className="grid gap-4">
      {message && <Alert tone="error">{message}</Alert>}
      <TextField
        label="Enterprise name"
        name="enterpriseName"
        required
        autoComplete="organization"
        defaultValue={values.enterpriseName ?? settings.enterpriseName}
        error={errors.enterpriseName}
      />
      <SelectField
        label="Time zone"
        name="timeZone"
        hint="Days and months begin by it."
        defaultValue={values.timeZone ?? settings.timeZone}
        error={errors.timeZone}
      >
        {timeZones.map((zone) => (
          <option key={zone}>{zone}</option>
        ))}
      </SelectField>
      <SelectField
        label="Date format"
        name="dateFormat"
        defaultValue={values.dateFormat ?? settings.dateFormat}
        error={errors.dateFormat}
      >
        {dateFormats.map(({ format, example }) => (
          <option key={format} value={format}>
            {format} ({example})
          </option>
        ))}
      </SelectField>
      <div className="flex justify-end">
        <SubmitButton>Save</SubmitButton>
      </div>
    </form>
  );
}

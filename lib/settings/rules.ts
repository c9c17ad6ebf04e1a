import { z } from "zod";
import type { OriginalValues } from "#lib/stale-edit.ts";
import { characters, findInvisible, tidyName } from "#lib/text.ts";
import { DATE_FORMATS, isTimeZone } from "#lib/time.ts";

export const settingsInput = z.object({
  enterpriseName: z
    .string()
    .transform(tidyName)
    .refine((name) => name !== "", "Enter a name.")
    .refine((name) => characters(name) <= 100, "At most 100 characters.")
    .refine((name) => findInvisible(name) === null, "The name holds an invisible character. Remove it."),
  timeZone: z.string().refine(isTimeZone, "Choose a time zone."),
  dateFormat: z.enum(DATE_FORMATS, "Choose a date format."),
});
export type SettingsInput = z.output<typeof settingsInput>;

/** The enterprise's settings as their form shows them. */
export function settingsFormValues(settings: SettingsInput) {
  const { enterpriseName, timeZone, dateFormat } = settings;
  return { enterpriseName, timeZone, dateFormat } satisfies OriginalValues;
}

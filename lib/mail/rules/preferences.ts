import { z } from "zod";
import type { Role } from "#lib/actor.ts";
import { rowId } from "#lib/fields.ts";
import { chosenPatterns, eventFields, eventFieldValues } from "#lib/outbox/rules/choice.ts";
import { ALL_ALERTS, type EventPatterns } from "#lib/outbox/rules/events.ts";

export const FREQUENCIES = { at_once: "At once", daily: "Once a day" } as const;
export type Frequency = keyof typeof FREQUENCIES;

/** Which events a portal user gets by mail, and when. */
export type MailPreference = { events: EventPatterns; frequency: Frequency };

/** What a user gets whose preference nobody has set: owners get the alerts, because somebody must. */
export function defaultPreference(role: Role | null): MailPreference {
  return { events: role === "owner" ? [ALL_ALERTS] : [], frequency: "at_once" };
}

export type MailPreferenceInput = MailPreference & { portalUser: number };

export const mailPreferenceInput = z
  .object({
    portalUser: rowId("Unknown portal user."),
    frequency: z.enum(Object.keys(FREQUENCIES) as [Frequency, ...Frequency[]], "Choose when."),
    ...eventFields,
  })
  .transform(
    (form): MailPreferenceInput => ({
      portalUser: form.portalUser,
      frequency: form.frequency,
      events: chosenPatterns(form),
    }),
  );

/** A preference as its form shows it. */
export const preferenceFormValues = ({ events, frequency }: MailPreference) => ({
  frequency,
  ...eventFieldValues(events),
});

/** The hour of the enterprise's day from which the daily mail is sent. */
export const DIGEST_HOUR = 7;

/** The pause between two mails to one person, so that a flood of events comes as a few mails. */
export const MAIL_PAUSE_MS = 2 * 60_000;

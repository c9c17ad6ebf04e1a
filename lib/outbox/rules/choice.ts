import { z } from "zod";
import { ALL_ALERTS, ALL_EVENTS, EVENT_TYPES, type EventPatterns, isAlert, matchesEvent } from "./events.ts";

// How people choose events in a form: a box for each event, one for all alerts and one for everything.

const CHOICES = [ALL_EVENTS, ALL_ALERTS, ...EVENT_TYPES];

/** The name of the form's field for a choice. */
export const eventField = (choice: string): string => `event:${choice}`;

/** The form's fields: "on" for a box that is ticked. */
export const eventFields: Record<string, z.ZodDefault<z.ZodEnum<{ on: "on"; "": "" }>>> = Object.fromEntries(
  CHOICES.map((choice) => [eventField(choice), z.enum(["on", ""]).default("")]),
);

/** The patterns of the boxes that are ticked, without those that a wider one contains. */
export function chosenPatterns(fields: Record<string, unknown>): string[] {
  const isChosen = (choice: string) => fields[eventField(choice)] === "on";
  if (isChosen(ALL_EVENTS)) return [ALL_EVENTS];
  const allAlerts = isChosen(ALL_ALERTS);
  const types = EVENT_TYPES.filter((type) => isChosen(type) && !(allAlerts && isAlert(type)));
  return allAlerts ? [ALL_ALERTS, ...types] : types;
}

/** Refuses a form in which no event is chosen. */
export function requireEvent(fields: Record<string, unknown>, context: z.core.$RefinementCtx): void {
  if (chosenPatterns(fields).length > 0) return;
  context.addIssue({ code: "custom", message: "Choose at least one event.", path: [eventField(ALL_EVENTS)] });
}

/** The boxes as the form shows patterns. A pattern such as "member.*" ticks the events that it means. */
export function eventFieldValues(patterns: EventPatterns): Record<string, string> {
  const isTicked = (choice: string) => {
    if (choice === ALL_EVENTS || choice === ALL_ALERTS) return patterns.includes(choice);
    const others = patterns.filter((pattern) => pattern !== ALL_EVENTS && pattern !== ALL_ALERTS);
    return EVENT_TYPES.some((type) => type === choice && matchesEvent(others, type));
  };
  return Object.fromEntries(CHOICES.map((choice) => [eventField(choice), isTicked(choice) ? "on" : ""]));
}

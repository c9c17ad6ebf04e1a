import type { Refused } from "./result.ts";

/**
 * The values that an edit form showed when it was opened, by field, as text. The form sends them back beside what was
 * typed, so that a save never silently undoes what somebody else saved while the form was open.
 */
export type OriginalValues = Record<string, string>;

/** The hidden field of an edit form that carries its {@link OriginalValues}. */
export const ORIGINAL_FIELD = "original";

/** A field that somebody else changed while the form was open. */
export type Conflict = {
  /** What was typed; null where this field was left as it was. */
  typed: string | null;
  was: string;
  now: string;
};

/** Far more than the longest form has: the list of 100 domains. */
const ORIGINAL_MAX_CHARACTERS = 100_000;

const STALE_EDIT =
  "Somebody else changed this after you opened it. Check the marked fields, then save again.";

export function encodeOriginal(values: OriginalValues): string {
  return JSON.stringify(values);
}

/** What {@link encodeOriginal} wrote; null for anything else. */
export function decodeOriginal(text: string | undefined): OriginalValues | null {
  if (text === undefined || text.length > ORIGINAL_MAX_CHARACTERS) return null;
  try {
    const values: unknown = JSON.parse(text);
    if (typeof values !== "object" || values === null || Array.isArray(values)) return null;
    const entries = Object.entries(values);
    return entries.every((entry): entry is [string, string] => typeof entry[1] === "string")
      ? Object.fromEntries(entries)
      : null;
  } catch {
    return null;
  }
}

/**
 * Refuses an edit whose form had other values than the `current` ones. Null if they are the same, or if the caller is
 * not a form and has no `original`. Call it inside the transaction that writes.
 */
export function staleEdit(
  original: OriginalValues | undefined,
  current: OriginalValues,
): Refused<never> | null {
  if (!original || Object.keys(current).every((field) => current[field] === original[field])) return null;
  return { ok: false, code: "stale_edit", message: STALE_EDIT, current };
}

// A browser sends the lines of a text area with CR LF.
const lines = (text: string) => text.replaceAll("\r\n", "\n");

/**
 * What a form shows after a stale save: the fields in conflict, and its values. A field that was typed in keeps its
 * text; one that was not takes the current value.
 */
export function mergeStaleEdit(
  original: OriginalValues,
  current: OriginalValues,
  typed: Record<string, string>,
): { conflicts: Record<string, Conflict>; values: Record<string, string> } {
  const conflicts: Record<string, Conflict> = {};
  const values: Record<string, string> = { ...typed, [ORIGINAL_FIELD]: encodeOriginal(current) };
  for (const [field, now] of Object.entries(current)) {
    const was = original[field] ?? "";
    if (now === was) continue;
    const text = lines(typed[field] ?? was);
    if (text === was) values[field] = now;
    if (text !== now) conflicts[field] = { typed: text === was ? null : text, was, now };
  }
  return { conflicts, values };
}

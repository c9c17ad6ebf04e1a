import { z } from "zod";
import { NOTE_MAX_CHARACTERS, note } from "#lib/ledger/rules.ts";
import { boundedText } from "./event.ts";
import { eventIdField, organizationField, sourceField } from "./wire/inputs.ts";
import { readBy, type WireResult } from "./wire/read.ts";

/** For how long after it was recorded an application may take back an event. */
export const REVERSAL_MAX_AGE_DAYS = 30;

/** Which event to take back. */
export type UsageReversal = {
  id: string;
  /** A CloudEvent's source; "" for an event of the plain usage API. */
  source: string;
  /** A code; null when the id alone names the event. */
  organization: string | null;
  /** Why, in a person's words. */
  note: string | null;
};

/** What was given back, in micro-credits, and the organization's balance right after. */
export type ReversedUsage = {
  id: string;
  status: "reversed" | "duplicate";
  credits: bigint;
  organization: { code: string; balance: bigint };
};

export type ReversalRefused = {
  ok: false;
  code: "invalid_request" | "event_not_found" | "already_reversed" | "reversal_expired";
  message: string;
  field?: "id" | "organization";
};

export const reversalInput = z
  .strictObject({
    source: sourceField.nullish(),
    organization: organizationField.nullish(),
    note: boundedText(NOTE_MAX_CHARACTERS)
      .pipe(note.unwrap())
      .meta({ description: "Why the event is taken back.", maxLength: NOTE_MAX_CHARACTERS })
      .nullish(),
  })
  .meta({ title: "UsageReversal", description: "All of it may be left out." });

/** Reads which event to take back: the id from the path, the rest from the body, undefined without one. */
export function readReversal(id: string, body: unknown): WireResult<UsageReversal> {
  const path = readBy(z.object({ id: eventIdField }), { id });
  if (!path.ok) return path;
  const read = readBy(reversalInput, body === undefined ? {} : body);
  if (!read.ok) return read;
  const { source = null, organization = null, note: words = null } = read.value;
  return { ok: true, value: { id, source: source ?? "", organization, note: words } };
}

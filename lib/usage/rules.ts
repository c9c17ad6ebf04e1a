import { z } from "zod";
import { characters, findInvisible, tidyName } from "#lib/text.ts";

/** One use of an application by a member: checked, not yet recorded. */
export type UsageEvent = {
  /** The sender's own id for it: sent again, it is recorded once. */
  id: string;
  /** A CloudEvent's source, which makes its id unique; "" for the plain usage API. */
  source: string;
  /** An organization's code; null where the key says it. */
  organization: string | null;
  /** E-mail. */
  member: string;
  application: string;
  /** Micro-credits, more than zero. */
  credits: bigint;
  /** Null: `time`, or else now. */
  occurredAt: Date | null;
  /** A CloudEvent's own time. A repeat may have another, for SDKs stamp an event anew each time it is made. */
  time?: Date;
  /** JSON object with its keys in a fixed order, so that equal metadata is equal text. */
  metadata: string | null;
};

/** Why an event was not recorded: the `code` of the problem. */
export type UsageRefusal =
  | "invalid_request"
  | "idempotency_conflict"
  | "insufficient_credits"
  | "allowance_exceeded"
  | "organization_inactive"
  | "member_inactive"
  | "forbidden_organization"
  | "member_not_found"
  | "organization_not_found";

/** The field at fault, as the sender calls it. */
export type UsageField = "id" | "source" | "organization" | "member";

export const EVENT_ID_MAX_CHARACTERS = 200;
export const APPLICATION_MAX_CHARACTERS = 100;

/** No portal existed before, so an older instant is a sender's mistake. */
export const EARLIEST_OCCURRED_AT = new Date("2000-01-01T00:00:00Z");
/** How far a sender's clock may be ahead. */
export const CLOCK_AHEAD_MS = 5 * 60_000;

/** The sender's id of an event, to the letter: nothing is trimmed. */
export const eventId = z.string().superRefine((text, context) => {
  const fault = (message: string) => context.addIssue({ code: "custom", message });
  const invisible = findInvisible(text);
  if (text === "") fault("Must not be empty.");
  else if (characters(text) > EVENT_ID_MAX_CHARACTERS) {
    fault(`At most ${EVENT_ID_MAX_CHARACTERS} characters; this has ${characters(text)}.`);
  } else if (invisible) fault(`Holds an invisible character (${invisible}).`);
});

export const applicationName = z.string().transform((text, context) => {
  const name = tidyName(text);
  const fault = (message: string) => {
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  };
  const invisible = findInvisible(name);
  if (name === "") return fault("Must not be empty.");
  if (invisible) return fault(`Holds an invisible character (${invisible}).`);
  if (characters(name) > APPLICATION_MAX_CHARACTERS) {
    return fault(`At most ${APPLICATION_MAX_CHARACTERS} characters; this has ${characters(name)}.`);
  }
  return name;
});

const instantText = z.iso.datetime({ offset: true });

/** An instant in ISO 8601 with Z or an offset, since 2000 and not in the future. */
export function occurredAt(now: () => Date) {
  return z.string().transform((text, context) => {
    const fault = (message: string) => {
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    };
    if (!instantText.safeParse(text).success) {
      return fault("Must be an instant in ISO 8601 with a time zone, such as 2026-11-23T10:00:00Z.");
    }
    const at = new Date(text);
    if (at < EARLIEST_OCCURRED_AT) return fault("Must not be before the year 2000.");
    if (at.getTime() > now().getTime() + CLOCK_AHEAD_MS) return fault("Must not be in the future.");
    return at;
  });
}

import { z } from "zod";
import { MAX_CREDITS } from "#lib/credits.ts";
import { asRefinement, asTransform, type ReadResult } from "#lib/fields.ts";
import { characters, findInvisible, tidyName } from "#lib/text.ts";

/** One use of an application by a member: checked, not yet recorded. */
export type UsageEvent = {
  /** The sender's own id of the event: sent again, it is recorded once. */
  id: string;
  /** A CloudEvent's source, which makes its id unique; "" for the plain usage API. */
  source: string;
  /** An organization's code; null where the key names it. */
  organization: string | null;
  /** Email. */
  member: string;
  application: string;
  /** Micro-credits, 0 or more. */
  credits: bigint;
  /** Null means `time`, or else now. */
  occurredAt: Date | null;
  /** A CloudEvent's own time. A repeat may have another, because SDKs set it each time they make an event. */
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
  | "organization_not_found"
  | "too_many_applications";

/** The field at fault, as the sender calls it. */
export type UsageField =
  | "id"
  | "source"
  | "organization"
  | "member"
  | "application"
  | "occurredAt"
  | "time"
  | "data.occurredAt";

/** Why nothing was or would be recorded; `details` are figures that tell what is left, as decimal strings. */
export type UsageRefused = {
  ok: false;
  code: UsageRefusal;
  message: string;
  field?: UsageField;
  details?: Record<string, string | null>;
  /** What is left of the balance or of the allowance, in micro-credits, where that is the reason. */
  remaining?: bigint;
};
export type UsageResult<T> = { ok: true; value: T } | UsageRefused;

export function refused(
  code: UsageRefusal,
  message: string,
  field?: UsageField,
  details?: Record<string, string | null>,
): UsageRefused {
  return { ok: false, code, message, ...(field && { field }), ...(details && { details }) };
}

/** What was recorded; amounts in micro-credits. A repeat of the same event is answered as the first time. */
export type RecordedUsage = {
  id: string;
  status: "recorded" | "duplicate";
  credits: bigint;
  organization: { code: string; balance: bigint };
  /** Of the month in which the event occurred; null is no limit. */
  member: { email: string; spentThisMonth: bigint; allowance: bigint | null; remaining: bigint | null };
};

/** What a member may still spend, in micro-credits; null is no limit. */
export type Spendable = {
  /** Whether anything may be spent, or as much as the request asks for. */
  allowed: boolean;
  /** The smaller of balance and what remains of the allowance. */
  spendable: bigint;
  organization: { code: string; balance: bigint };
  member: { email: string; spentThisMonth: bigint; allowance: bigint | null; remaining: bigint | null };
};

export const EVENT_ID_MAX_CHARACTERS = 200;
export const APPLICATION_MAX_CHARACTERS = 100;

/** An older instant is a sender's mistake, because no portal existed then. */
const EARLIEST_OCCURRED_AT = new Date("2000-01-01T00:00:00Z");
/** How far a sender's clock may be ahead. */
const CLOCK_AHEAD_MS = 5 * 60_000;
const DAY_MS = 24 * 3_600_000;
/** How long before now an event may have occurred for the status of that time to count. */
export const STATUS_LOOKBACK_MS = DAY_MS;
/** How many new application names one API key, and one organization, may bring in 24 hours. */
export const NEW_APPLICATIONS_A_DAY = 200;

/**
 * A text of at most `max` characters. Its length is looked at first, so that no expression reads a text of megabytes.
 *
 * @param max in code points, of which each is at most two of JavaScript's units
 */
export function boundedText(max: number) {
  return z.string().superRefine(asRefinement((text) => lengthFault(text, max)));
}

function lengthFault(text: string, max: number): string | null {
  const count = text.length > 2 * max ? null : characters(text);
  if (count !== null && count <= max) return null;
  return `At most ${max} characters; this has ${count ?? "more"}.`;
}

function invisibleFault(text: string): string | null {
  if (text === "") return "Must not be empty.";
  const invisible = findInvisible(text);
  return invisible ? `Holds an invisible character (${invisible}).` : null;
}

/** The sender's id of an event, exactly as it was sent: nothing is trimmed. */
export const eventId = z
  .string()
  .superRefine(asRefinement((text) => lengthFault(text, EVENT_ID_MAX_CHARACTERS) ?? invisibleFault(text)));

/** Outer and repeated spaces do not count, but no text may be long because of them. */
const APPLICATION_TEXT_MAX_CHARACTERS = 10 * APPLICATION_MAX_CHARACTERS;

// One step for each field of an event: zod takes as long for a step as for what these do.
export const applicationName = z.string().transform(
  asTransform((text): ReadResult<string> => {
    const excess = lengthFault(text, APPLICATION_TEXT_MAX_CHARACTERS);
    if (excess) return { ok: false, message: excess };
    const name = tidyName(text);
    const message = lengthFault(name, APPLICATION_MAX_CHARACTERS) ?? invisibleFault(name);
    return message === null ? { ok: true, value: name } : { ok: false, message };
  }),
);

/** A text without outer space: visible, not empty, of at most `max` characters with that space. */
export function trimmedText(max: number) {
  return z.string().transform(
    asTransform((text): ReadResult<string> => {
      const excess = lengthFault(text, max);
      if (excess) return { ok: false, message: excess };
      const trimmed = text.trim();
      const message = invisibleFault(trimmed);
      return message === null ? { ok: true, value: trimmed } : { ok: false, message };
    }),
  );
}

/** No sender writes an amount with more digits; Python's decimals have 28, JavaScript's numbers at most 325. */
const AMOUNT_MAX_CHARACTERS = 400;

/**
 * Reads what an event costs: a decimal such as "0.047", of 0 to 10^12 credits. More than six decimals are rounded half
 * up once, exactly: "0.0000005" is 0.000001. Some programs write nothing as -0.
 *
 * @param form "number" also takes the exponent that JSON's numbers may have
 * @returns micro-credits
 */
export function readAmount(text: string, form: "text" | "number" = "text"): ReadResult<bigint> {
  const fault = (message: string): ReadResult<bigint> => ({ ok: false, message });
  if (text.length > AMOUNT_MAX_CHARACTERS) return fault(`At most ${AMOUNT_MAX_CHARACTERS} characters.`);
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match ?? [];
  if (!match || (form === "text" && match[4] !== undefined)) {
    return /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(text)
      ? fault(`Write it without thousands separators: ${text.replaceAll(",", "")}.`)
      : fault("Must be a number such as 1000 or 0.5.");
  }
  const digits = BigInt(whole + fraction);
  if (sign && digits > 0n) return fault("Must not be negative.");
  // The value in micro-credits is digits × 10^power.
  const power = Number(exponent) - fraction.length + 6;
  const value = digits === 0n ? 0n : power >= 0 ? scaledUp(digits, power) : roundedHalfUp(digits, -power);
  return value > MAX_CREDITS ? fault("At most 1,000,000,000,000.") : { ok: true, value };
}

/** `digits` × 10^power. Above the largest amount its size does not matter. */
function scaledUp(digits: bigint, power: number): bigint {
  return power > 18 ? MAX_CREDITS + 1n : digits * 10n ** BigInt(power);
}

/** `digits` / 10^places, half rounded up. */
function roundedHalfUp(digits: bigint, places: number): bigint {
  if (places > AMOUNT_MAX_CHARACTERS + 1) return 0n;
  const unit = 10n ** BigInt(places);
  return (2n * digits + unit) / (2n * unit);
}

const instantText = z.iso.datetime({ offset: true });
/** The longest form: "2026-11-23T10:00:00.123456789+08:00" with room for more digits. */
const INSTANT_MAX_CHARACTERS = 64;

/** An instant in ISO 8601 with Z or an offset, not before 2000. {@link timeFault} judges it against the clock. */
export const occurredAt = z.string().transform(
  asTransform((text): ReadResult<Date> => {
    if (text.length > INSTANT_MAX_CHARACTERS || !instantText.safeParse(text).success) {
      const message = "Must be an instant in ISO 8601 with a time zone, such as 2026-11-23T10:00:00Z.";
      return { ok: false, message };
    }
    const at = new Date(text);
    return at < EARLIEST_OCCURRED_AT
      ? { ok: false, message: "Must not be before the year 2000." }
      : { ok: true, value: at };
  }),
);

/**
 * Why an event may not have occurred at `at`, or null.
 *
 * @param maxAgeDays how late an event may be; null is no bound
 */
export function timeFault(at: Date, now: Date, maxAgeDays: number | null): string | null {
  if (at.getTime() > now.getTime() + CLOCK_AHEAD_MS) return "Must not be in the future.";
  if (maxAgeDays !== null && at.getTime() < now.getTime() - maxAgeDays * DAY_MS) {
    return `Must not be more than ${maxAgeDays} ${maxAgeDays === 1 ? "day" : "days"} ago.`;
  }
  return null;
}

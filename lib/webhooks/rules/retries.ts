// When a delivery is tried again, and when an endpoint that fails is left alone. All times are in milliseconds.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

const LAST_PAUSE_MS = 24 * HOUR_MS - (8 * HOUR_MS + 36 * MINUTE_MS + 10 * SECOND_MS);

/** The pauses between eight tries: 24 hours in all. */
const PAUSES_MS = [
  10 * SECOND_MS,
  MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  6 * HOUR_MS,
  LAST_PAUSE_MS,
] as const;

export const TRIES_MAX = PAUSES_MS.length + 1;

/** Each pause is up to a tenth shorter or longer, so that receivers are not tried by everybody at once. */
const JITTER = 0.1;

const jittered = (ms: number, random: () => number): number =>
  Math.round(ms * (1 - JITTER + 2 * JITTER * random()));

/**
 * The pause after a failed try; null after the last.
 *
 * @param tries how many there were, 1 and up
 * @param random from 0 to 1
 */
export function pauseAfter(tries: number, random: () => number): number | null {
  const pause = PAUSES_MS[tries - 1];
  return pause === undefined ? null : jittered(pause, random);
}

/**
 * How long a message is put off before a try, as if it had failed. If the portal is stopped during the try, or cannot store
 * its result, the try does not count and the message is sent again after this time.
 *
 * @param tries how many there were before this one, 0 and up
 * @param random from 0 to 1
 */
export function pauseDuringTry(tries: number, random: () => number): number {
  return jittered(PAUSES_MS[tries] ?? LAST_PAUSE_MS, random);
}

/** After this number of failures in a row, of whichever deliveries, nothing is tried for a while. */
const FAILURES_UNTIL_PAUSE = 5;
const ENDPOINT_PAUSE_MS = 30 * SECOND_MS;
const ENDPOINT_PAUSE_MAX_MS = HOUR_MS;

/** How long nothing is sent to an endpoint after `failures` in a row, so that a dead receiver costs little; 0 for not at all. */
export function endpointPauseAfter(failures: number, random: () => number): number {
  if (failures < FAILURES_UNTIL_PAUSE) return 0;
  const pause = ENDPOINT_PAUSE_MS * 2 ** Math.min(failures - FAILURES_UNTIL_PAUSE, 10);
  return jittered(Math.min(pause, ENDPOINT_PAUSE_MAX_MS), random);
}

/** A receiver that asks for a longer pause gets this one, so that a wrong header does not delay events for days. */
const RETRY_AFTER_MAX_MS = HOUR_MS;

/** The answers with which a receiver asks to be left alone for a while: too many requests, and not available. */
const BUSY: readonly number[] = [429, 503];

/**
 * How long a receiver asks to be left alone by the header Retry-After: seconds, or a date (RFC 9110, section 10.2.3). An
 * hour at most.
 *
 * @returns 0 where it asks for nothing
 */
export function retryAfterMs({
  status,
  header,
  now,
}: {
  status: number;
  header: string | undefined;
  now: Date;
}): number {
  const text = header?.trim() ?? "";
  if (!BUSY.includes(status)) return 0;
  const isDate = text.endsWith("GMT");
  const delayMs = isDate
    ? Date.parse(text) - now.getTime()
    : /^\d+$/.test(text)
      ? Number(text) * SECOND_MS
      : 0;
  return Number.isNaN(delayMs) ? 0 : Math.min(Math.max(delayMs, 0), RETRY_AFTER_MAX_MS);
}

/** Shorter than eight tries with the shortest pauses, so that the last of them suspends the endpoint. */
const SUSPEND_AFTER_MS = 21 * HOUR_MS;

/** The answer of a receiver that wants nothing any more (Standard Webhooks). */
const GONE = 410;

/** Whether an endpoint is suspended after a failed try: it has failed for a day, without a success in between. */
export function mustSuspend({
  failures,
  failingSince,
  status,
  now,
}: {
  /** In a row, this one included. */
  failures: number;
  failingSince: Date;
  /** The status of this answer; null without one. */
  status: number | null;
  now: Date;
}): boolean {
  if (status === GONE) return true;
  return failures >= TRIES_MAX && now.getTime() - failingSince.getTime() >= SUSPEND_AFTER_MS;
}

/** How long bodies are signed with the previous secret too, after a rotation. */
export const ROTATION_MS = 24 * HOUR_MS;

/** How long events, deliveries and mails are kept. */
export const RETENTION_MS = 30 * 24 * HOUR_MS;

import { z } from "zod";
import { formatDuration, readDuration } from "#lib/duration.ts";
import { asTransform, type ReadResult, rowId } from "#lib/fields.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";

/** How long sessions last, in minutes. */
export type SessionLimits = {
  /** From sign-in on. */
  lifetimeMinutes: number;
  /** Without a request; null for no such limit. */
  idleMinutes: number | null;
};

const DAY_MINUTES = 24 * 60;
/** From NIST SP 800-63B's 12 hours down for high assurance, up to what people accept for convenience. */
const LIFETIME_BOUNDS = { least: 60, most: 90 * DAY_MINUTES };
/** A shorter limit would end the session of somebody who reads one long page. */
const IDLE_BOUNDS = { least: 15, most: 30 * DAY_MINUTES };

export const sessionLimitsInput = z.object({
  sessionLifetime: z.string().transform(asTransform((text) => readDuration(text, LIFETIME_BOUNDS))),
  /** Empty for no limit. */
  sessionIdle: z
    .string()
    .transform(
      asTransform(
        (text: string): ReadResult<number | null> =>
          text.trim() === "" ? { ok: true, value: null } : readDuration(text, IDLE_BOUNDS),
      ),
    ),
});
export type SessionLimitsInput = z.output<typeof sessionLimitsInput>;

/** What the form of the limits sends, as limits. */
export const limitsOf = ({ sessionLifetime, sessionIdle }: SessionLimitsInput): SessionLimits => ({
  lifetimeMinutes: sessionLifetime,
  idleMinutes: sessionIdle,
});

/** The limits as their form shows them, and as the audit records them. */
export function sessionLimitsFormValues({ lifetimeMinutes, idleMinutes }: SessionLimits) {
  return {
    sessionLifetime: formatDuration(lifetimeMinutes),
    sessionIdle: idleMinutes === null ? "" : formatDuration(idleMinutes),
  } satisfies OriginalValues;
}

/** Whether a change of the limits lets sessions last longer than before, and so asks for a confirmation. */
export function areLooserLimits(before: SessionLimits, after: SessionLimits): boolean {
  const isIdleLonger =
    before.idleMinutes !== null && (after.idleMinutes === null || after.idleMinutes > before.idleMinutes);
  return after.lifetimeMinutes > before.lifetimeMinutes || isIdleLonger;
}

/** A session as forms name it: the hash of its id, which opens nothing. */
const sessionHash = z.string().regex(/^[0-9a-f]{64}$/, "Unknown session.");

/** Which of one's own sessions to end. */
export const endSessionsInput = z.object({ session: z.union([sessionHash, z.literal("others")]) });
/** Which sessions of another portal user to end. */
export const endSessionsOfInput = z.object({
  user: rowId("Unknown portal user."),
  session: z.union([sessionHash, z.literal("all")]),
});

// The first word that a header holds decides, so a browser that also names the one that it is built on comes first.
const BROWSERS = [
  ["Edg/", "Edge"],
  ["EdgA/", "Edge"],
  ["EdgiOS/", "Edge"],
  ["OPR/", "Opera"],
  ["OPT/", "Opera"],
  ["SamsungBrowser/", "Samsung Internet"],
  ["Vivaldi/", "Vivaldi"],
  ["YaBrowser/", "Yandex Browser"],
  ["FxiOS/", "Firefox"],
  ["Firefox/", "Firefox"],
  ["CriOS/", "Chrome"],
  ["Chrome/", "Chrome"],
  ["Safari/", "Safari"],
] as const;
const SYSTEMS = [
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Android", "Android"],
  ["Windows", "Windows"],
  ["CrOS", "ChromeOS"],
  ["Macintosh", "macOS"],
  ["Linux", "Linux"],
] as const;

/**
 * "Firefox on Windows": the browser and the system that a User-Agent header names. It is a hint for people who look at
 * their sessions, and decides nothing: a client writes what it likes, and an iPad may call itself a Mac.
 */
export function deviceName(userAgent: string | null): string {
  const nameIn = (names: readonly (readonly [string, string])[]) =>
    names.find(([word]) => userAgent?.includes(word))?.[1];
  const browser = nameIn(BROWSERS);
  const system = nameIn(SYSTEMS);
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? "Unknown device";
}

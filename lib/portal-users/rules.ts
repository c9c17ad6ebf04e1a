import { z } from "zod";
import { NO_ROLE, ROLES } from "#lib/actor.ts";
import { emailAddress } from "#lib/email.ts";
import { characters } from "#lib/text.ts";

const PASSWORD_MIN_CHARACTERS = 8;
export const PASSWORD_MAX_CHARACTERS = 200;

/** Where sign-in leads without another destination. */
export const HOME = "/organizations";

/**
 * The path and query of one of our own pages, from a URL that claims to lead back to one. What a browser could take for
 * another host or a script, and the sign-in page itself, becomes {@link HOME}.
 */
export function safeReturnPath(claimed: string | null | undefined, origin = "http://portal.invalid"): string {
  if (!claimed || claimed.length > 4_000 || /[\\\p{Cc}]/u.test(claimed)) return HOME;
  if (!claimed.startsWith("/") && !claimed.startsWith(`${origin}/`)) return HOME;
  if (!URL.canParse(claimed, origin)) return HOME;
  const url = new URL(claimed, origin);
  if (url.origin !== origin || url.pathname.startsWith("//")) return HOME;
  if (/^\/(sign-in|setup|invite|api)(\/|$)/.test(url.pathname)) return HOME;
  return url.pathname + url.search;
}

/** UTF-16 units of the longest text that is normalized: one character may become 18 (U+FDFA). */
export const PASSWORD_TEXT_MAX_UNITS = 1_000;

/**
 * The length that NIST SP 800-63B requires; it requires no mix of characters. The answer is in NFKC, so that a password
 * is the same from every keyboard. `passwordFault` in passwords.ts judges the content.
 */
export const newPassword = z.string().transform((text, context) => {
  const password = text.length > PASSWORD_TEXT_MAX_UNITS ? text : text.normalize("NFKC");
  const length = password.length > PASSWORD_TEXT_MAX_UNITS ? password.length : characters(password);
  if (length >= PASSWORD_MIN_CHARACTERS && length <= PASSWORD_MAX_CHARACTERS) return password;
  context.addIssue({
    code: "custom",
    message: `Between ${PASSWORD_MIN_CHARACTERS} and ${PASSWORD_MAX_CHARACTERS} characters; this has ${length}.`,
  });
  return z.NEVER;
});

export const role = z.enum(ROLES, "Choose a role.");

/** A role on the whole enterprise, null for none, as a form names it. */
export const enterpriseRole = z
  .enum([...ROLES, NO_ROLE], "Choose a role.")
  .transform((text) => (text === NO_ROLE ? null : text));

export const setupInput = z.object({
  oneTimeCode: z
    .string()
    .max(100, "That code doesn't match the latest one in the terminal.")
    .trim()
    .min(1, "Enter the code from the terminal where Bursar was started."),
  email: emailAddress,
  password: newPassword,
});
export type SetupInput = z.output<typeof setupInput>;

/** The code as it is compared: case, width, spaces and hyphens do not matter. */
export function tidyOneTimeCode(text: string): string {
  return text
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, "");
}

/** Failed tries, as they are counted by account, by address, or by both together. */
export type Failures = { failures: number; lastAt: Date };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** `free` failures cost nothing; each further one doubles the wait. After `forgetMs` without a failure all are forgotten. */
export const SIGN_IN_LIMITS = {
  account: { free: 5, forgetMs: 24 * HOUR_MS },
  /** Higher, because many people may share an address. */
  address: { free: 30, forgetMs: HOUR_MS },
  /**
   * One account at one address. With fewer failures, an account is never blocked at an address from which it has signed
   * in before.
   */
  pair: { free: 10, forgetMs: 24 * HOUR_MS },
} as const;

/**
 * How many failures of one account at one address are free of the address's own wait, so that an account that is new
 * there can sign in immediately.
 */
export const FREE_AT_BUSY_ADDRESS = 2;

const FIRST_WAIT_MS = 15_000;
const LONGEST_WAIT_MS = 15 * MINUTE_MS;

/** A try takes its time before it waits for the database, so tries in parallel may find failures that are later. */
const LATER_MS = MINUTE_MS;

/**
 * The failures that still count. A failure more than a minute in the future was recorded before the clock was set back,
 * and does not count.
 */
export function failuresThatCount(
  record: Failures | undefined,
  { forgetMs }: { forgetMs: number },
  now: Date,
): number {
  if (!record) return 0;
  const age = now.getTime() - record.lastAt.getTime();
  return age >= -LATER_MS && age < forgetMs ? record.failures : 0;
}

/** How long until the next try may be made, in milliseconds; 0 is now. */
export function waitBeforeTry(
  record: Failures | undefined,
  limit: { free: number; forgetMs: number },
  now: Date,
): number {
  const failures = failuresThatCount(record, limit, now);
  if (!record || failures < limit.free) return 0;
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - limit.free, 10));
  return Math.max(0, record.lastAt.getTime() + wait - now.getTime());
}

/** "Too many failed tries. Try again in 2 minutes." */
export function tooManyTries(waitMs: number): string {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  const minutes = Math.ceil(seconds / 60);
  const many = (count: number, unit: string) => `${count} ${unit}${count === 1 ? "" : "s"}`;
  return `Too many failed tries. Try again in ${seconds < 60 ? many(seconds, "second") : many(minutes, "minute")}.`;
}

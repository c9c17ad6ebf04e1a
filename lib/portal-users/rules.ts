import { z } from "zod";
import { ROLES } from "#lib/actor.ts";
import { emailAddress, emailKey } from "#lib/email.ts";
import { characters, foldForUniqueness } from "#lib/text.ts";

export const PASSWORD_MIN_CHARACTERS = 8;
export const PASSWORD_MAX_CHARACTERS = 200;

/** Where sign-in leads when nothing else was asked for. */
export const HOME = "/organizations";

/**
 * The path and query of one of our own pages, from whatever a URL claims to lead back to. Anything that a browser could
 * take for another host, a script or the sign-in page itself becomes {@link HOME}.
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

/** NIST SP 800-63B: length counts, composition does not. NFKC, so that every keyboard's form of it is one password. */
export const newPassword = z.string().transform((text, context) => {
  const password = text.normalize("NFKC");
  const length = characters(password);
  if (length >= PASSWORD_MIN_CHARACTERS && length <= PASSWORD_MAX_CHARACTERS) return password;
  context.addIssue({
    code: "custom",
    message: `Between ${PASSWORD_MIN_CHARACTERS} and ${PASSWORD_MAX_CHARACTERS} characters; this has ${length}.`,
  });
  return z.NEVER;
});

/** The one rule that length cannot say: an e-mail is the first thing that anybody tries. */
export function isPasswordOfEmail(password: string, email: string): boolean {
  return foldForUniqueness(password) === emailKey(email);
}
export const PASSWORD_IS_EMAIL = "The password must not be the e-mail address.";

export const role = z.enum(ROLES, "Choose a role.");

export const setupInput = z.object({
  oneTimeCode: z.string().trim().min(1, "Enter the code that the console printed."),
  email: emailAddress,
  password: newPassword,
});
export type SetupInput = z.output<typeof setupInput>;

/** The code as it is compared: however it was typed. */
export function tidyOneTimeCode(text: string): string {
  return text
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, "");
}

/** Failed tries of late, as they are counted for an account, for an address, or for both together. */
export type Failures = { failures: number; lastAt: Date };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** So many failures cost nothing; each one more doubles the wait. A quiet time of `forgetMs` makes all good again. */
export const SIGN_IN_LIMITS = {
  account: { free: 5, forgetMs: 24 * HOUR_MS },
  /** More people than one may share an address. */
  address: { free: 30, forgetMs: HOUR_MS },
  /** An account at an address from which it has signed in before. */
  familiar: { free: 10, forgetMs: 24 * HOUR_MS },
} as const;

const FIRST_WAIT_MS = 15_000;
const LONGEST_WAIT_MS = 15 * MINUTE_MS;

/** The failures that still count. One from the future was written before the clock was set back. */
export function failuresThatCount(
  known: Failures | undefined,
  { forgetMs }: { forgetMs: number },
  now: Date,
): number {
  if (!known) return 0;
  const age = now.getTime() - known.lastAt.getTime();
  return age >= 0 && age < forgetMs ? known.failures : 0;
}

/** How long until the next try may be made, in milliseconds; 0 is now. */
export function waitBeforeTry(
  known: Failures | undefined,
  limit: { free: number; forgetMs: number },
  now: Date,
): number {
  const failures = failuresThatCount(known, limit, now);
  if (!known || failures < limit.free) return 0;
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - limit.free, 10));
  return Math.max(0, known.lastAt.getTime() + wait - now.getTime());
}

/** "Too many failed tries. Try again in 2 minutes." */
export function tooManyTries(waitMs: number): string {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  const minutes = Math.ceil(seconds / 60);
  const many = (count: number, unit: string) => `${count} ${unit}${count === 1 ? "" : "s"}`;
  return `Too many failed tries. Try again in ${seconds < 60 ? many(seconds, "second") : many(minutes, "minute")}.`;
}

/** What addresses are counted by: an IPv6 client may choose its last 64 bits freely, so those count as one. */
export function addressBlock(address: string): string {
  const [whole = ""] = address.toLowerCase().split("%");
  if (!whole.includes(":")) return whole;
  const [head = "", tail] = whole.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill("0"), ...right].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}

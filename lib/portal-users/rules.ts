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

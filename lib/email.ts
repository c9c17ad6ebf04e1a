import { z } from "zod";
import { findInvisible, foldForUniqueness } from "./text.ts";

export const EMAIL_MAX_CHARACTERS = 254;

/** A domain of at least two labels in ASCII; the last one is not a number, or the domain would be an IP address. */
const ASCII_DOMAIN =
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** What a URL would read as something else than a part of a host. */
const NOT_IN_A_DOMAIN = /[^\p{L}\p{M}\p{N}.-]/u;

/**
 * Reads a domain as mail carries it: lower case, international letters as `xn--` (IDNA by UTS #46).
 * @returns null for what is not a domain of at least two labels
 */
export function asciiDomain(text: string): string | null {
  if (text.length > 253) return null;
  const plain = text.toLowerCase();
  if (ASCII_DOMAIN.test(plain)) return plain;
  const typed = text.normalize("NFKC");
  if (NOT_IN_A_DOMAIN.test(typed) || !URL.canParse(`http://${typed}`)) return null;
  const { hostname } = new URL(`http://${typed}`);
  return hostname.length <= 253 && ASCII_DOMAIN.test(hostname) ? hostname : null;
}

/** The two sides of an address; the local part may itself hold a quoted `@`. */
function sidesOf(email: string): { local: string; domain: string } {
  const at = email.lastIndexOf("@");
  return { local: email.slice(0, Math.max(at, 0)), domain: email.slice(at + 1) };
}

/** What two emails are compared by: case does not matter, and `ana@bücher.de` is `ana@xn--bcher-kva.de`. */
export function emailKey(email: string): string {
  // Nothing that long is an email, and folding a megabyte of some letters takes a second.
  if (email.length > 4 * EMAIL_MAX_CHARACTERS) return email;
  const key = foldForUniqueness(email);
  const { local, domain } = sidesOf(key);
  return local === "" ? key : `${local}@${asciiDomain(domain) ?? domain}`;
}

/**
 * The approved domains that let the person of an {@link emailKey} in, the narrowest first:
 * `ana@cs.example.edu` gives `cs.example.edu`, `*.cs.example.edu`, `*.example.edu` and `*.edu`.
 */
export function approvingDomains(key: string): string[] {
  const { domain } = sidesOf(key);
  const labels = domain.split(".");
  return [domain, ...labels.map((_, index) => `*.${labels.slice(index).join(".")}`)];
}

/** RFC 5321 `Dot-string`, with the letters of every script as RFC 6531 allows them. */
const DOT_STRING = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
/** RFC 5321 `Quoted-string`. */
const QUOTED_STRING = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"$/;

function isEmail(text: string): boolean {
  const { local, domain } = sidesOf(text);
  return (
    (DOT_STRING.test(local) || QUOTED_STRING.test(local)) &&
    findInvisible(local) === null &&
    asciiDomain(domain) !== null
  );
}

/**
 * An email as people and programs write it, outer spaces gone: any local part of RFC 5321 or RFC 6531 (Entra's guests
 * are `ana_example.edu#EXT#@…`), a domain in any script. Address literals such as `ana@[192.0.2.1]` are refused.
 */
export const emailAddress = z.string().transform((typed, context) => {
  const fault = (message: string) => {
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  };
  const text = typed.length > 4 * EMAIL_MAX_CHARACTERS ? typed : typed.trim();
  if (text.length > EMAIL_MAX_CHARACTERS) return fault(`At most ${EMAIL_MAX_CHARACTERS} characters.`);
  if (!isEmail(text)) return fault("Enter an email address such as ana@example.edu.");
  return text;
});

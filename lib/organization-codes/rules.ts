import { z } from "zod";
import { characters, findInvisible, foldForUniqueness } from "#lib/text.ts";

export const CODE_MAX_CHARACTERS = 64;

/** Words that cannot be codes, because pages have them in the place of a code: `/organizations/new`. */
const RESERVED_CODES: readonly string[] = ["new", "import", "export", "status"];

/** The form in which codes are compared, without regard to case, Unicode form, outer and doubled spaces. */
export function codeKey(code: string): string {
  const key = foldForUniqueness(code);
  return key.includes("  ") ? key.replace(/ {2,}/g, " ") : key;
}

/** Far more than a code has before its spaces are tidied. A longer text is not folded, which takes long. */
const CODE_TEXT_MAX_CHARACTERS = 1_000;

export const organizationCode = z.string().transform((text, context) => {
  const fault = (message: string) => {
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  };
  if (text.length > CODE_TEXT_MAX_CHARACTERS) {
    return fault(`At most ${CODE_MAX_CHARACTERS} characters; this has ${characters(text)}.`);
  }
  const code = text.normalize("NFKC").trim().replace(/ {2,}/g, " ");
  const invisible = findInvisible(code);
  if (code === "") return fault("Enter a code.");
  if (invisible) return fault(`The code holds an invisible character (${invisible}). Remove it.`);
  if (characters(code) > CODE_MAX_CHARACTERS) {
    return fault(`At most ${CODE_MAX_CHARACTERS} characters; this has ${characters(code)}.`);
  }
  if (!/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._&/+ -]*$/u.test(code)) {
    return fault("Letters, digits, spaces and . - _ & / + only, starting with a letter or digit.");
  }
  if (RESERVED_CODES.includes(codeKey(code)))
    return fault(`“${code}” is reserved for the portal's own pages.`);
  return code;
});

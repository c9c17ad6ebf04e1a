import { emailAddress } from "#lib/email.ts";
import { processWide } from "#lib/process-wide.ts";
import { foldForUniqueness } from "#lib/text.ts";

/** The account and the service of the password. An attacker tries their names first. */
export type PasswordContext = { email: string; enterpriseName: string };

/** Why a password is refused. */
export type PasswordFault = {
  code: "password_is_email" | "password_repetitive" | "password_common" | "password_of_context";
  message: string;
};

const FAULTS: Record<PasswordFault["code"], string> = {
  password_is_email: "An email address is easy to guess. Choose another password.",
  password_repetitive: "This repeats or counts characters, which is easy to guess. Choose another password.",
  password_common: "This is one of the most used passwords, or close to one. Choose another password.",
  password_of_context:
    "This consists of your email address or the enterprise's name, which is easy to guess. Choose another password.",
};

/** The blocklist is 0.5 MB of text, so it is read when the first password is set. */
const blocklist = processWide("lib/portal-users/passwords", () => ({
  passwords: null as Promise<ReadonlySet<string>> | null,
}));

function commonPasswords(): Promise<ReadonlySet<string>> {
  blocklist.passwords ??= import("@zxcvbn-ts/language-common").then(
    ({ dictionary }) => new Set(dictionary["passwords-common"].map(String)),
  );
  return blocklist.passwords;
}

/** A common password with at most this many characters around it is still common, such as `password2026!!`. */
const DECORATION_MAX_CHARACTERS = 6;
/** Characters that must remain beside the words of the context. */
const OWN_MIN_CHARACTERS = 4;
const WORD_MIN_CHARACTERS = 3;

/** Whether it repeats one or two characters, or is a sequence such as 12345678 or hgfedcba. */
function isRepetitive(password: string): boolean {
  const points = [...password].map((character) => character.codePointAt(0) ?? 0);
  if (new Set(points).size <= 2) return true;
  const steps = new Set(points.slice(1).map((point, index) => point - (points[index] ?? 0)));
  return steps.size === 1 && (steps.has(1) || steps.has(-1));
}

/** "abc" of "12abc34". In a loop, because an expression that ends in `$` is tried at each digit again. */
function withoutDigitsAround(text: string): string {
  const letters = [...text];
  const first = letters.findIndex((letter) => !/\p{N}/u.test(letter));
  const last = letters.findLastIndex((letter) => !/\p{N}/u.test(letter));
  return first === -1 ? "" : letters.slice(first, last + 1).join("");
}

/** Letters and digits alone, folded. */
const squeezed = (text: string) => foldForUniqueness(text).replace(/[^\p{L}\p{N}\p{M}]/gu, "");

function isCommon(password: string, common: ReadonlySet<string>): boolean {
  const folded = foldForUniqueness(password);
  const letters = squeezed(password);
  const core = withoutDigitsAround(letters);
  return (
    common.has(folded) ||
    common.has(letters) ||
    (common.has(core) && [...folded].length - [...core].length <= DECORATION_MAX_CHARACTERS)
  );
}

function contextWords({ email, enterpriseName }: PasswordContext): string[] {
  const words = [email, ...email.split(/[@.]/), enterpriseName, ...enterpriseName.split(/\s+/u), "bursar"];
  return [...new Set(words.map(squeezed))]
    .filter((word) => word.length >= WORD_MIN_CHARACTERS)
    .sort((a, b) => b.length - a.length);
}

/** The rest of the password without the email address and the enterprise's name. */
function ownPart(password: string, context: PasswordContext): string {
  return contextWords(context).reduce((rest, word) => rest.replaceAll(word, ""), squeezed(password));
}

/**
 * Compares a new password with the blocklist that NIST SP 800-63B, section 3.1.1.2, asks for: common passwords,
 * repetitions and runs, and words of the service and the account. @returns null when it may be used.
 */
export async function passwordFault(
  password: string,
  context: PasswordContext,
): Promise<PasswordFault | null> {
  const fault = (code: PasswordFault["code"]) => ({ code, message: FAULTS[code] });
  // Any address is refused, so that the answer does not tell whether somebody has an account.
  if (foldForUniqueness(password) === foldForUniqueness(context.email)) return fault("password_is_email");
  if (emailAddress.safeParse(password).success) return fault("password_is_email");
  if (isRepetitive(password)) return fault("password_repetitive");
  const common = await commonPasswords();
  if (isCommon(password, common)) return fault("password_common");
  const own = ownPart(password, context);
  const isOfContext = own !== squeezed(password) && ([...own].length < OWN_MIN_CHARACTERS || common.has(own));
  return isOfContext ? fault("password_of_context") : null;
}

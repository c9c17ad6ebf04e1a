import { z } from "zod";
import { parseCredits } from "./credits.ts";
import { characters, findInvisible, tidyName } from "./text.ts";

/** What a form, a file or the command line calls a thing: tidied, visible, not empty, of at most `maxCharacters`. */
export function nameField(maxCharacters: number) {
  return z.string().transform((text, context) => {
    const name = tidyName(text);
    const fault = (message: string) => {
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    };
    const invisible = findInvisible(name);
    if (name === "") return fault("Enter a name.");
    if (invisible) return fault(`The name holds an invisible character (${invisible}). Remove it.`);
    if (characters(name) > maxCharacters) {
      return fault(`At most ${maxCharacters} characters; this has ${characters(name)}.`);
    }
    return name;
  });
}

/** More than zero, at most 10^12, up to six decimals; in millionths. */
export const positiveDecimal = z.string().transform((text, context) => {
  const parsed = parseCredits(text.trim());
  const message = parsed.ok ? (parsed.value === 0n ? "Must be more than 0." : null) : parsed.message;
  if (parsed.ok && message === null) return parsed.value;
  context.addIssue({ code: "custom", message: message ?? "" });
  return z.NEVER;
});

/** A row id as a form or a URL carries it. */
export const rowId = (message: string) =>
  z
    .string()
    .regex(/^[1-9]\d{0,14}$/, message)
    .transform(Number);

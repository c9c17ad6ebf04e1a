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

/** How many things one change of status may name; a whole view is named by its URL instead. */
const STATUS_IDS_MAX = 1_000;

/** The form that activates or deactivates some of `many`, e.g. "organizations", or all of a view. */
export const statusChange = (many: string) =>
  z.object({
    to: z.enum(["activate", "deactivate"], "Choose to activate or to deactivate."),
    ids: z
      .string()
      .default("")
      .transform((text, context) => {
        const ids = text.split(",").filter(Boolean);
        if (ids.length <= STATUS_IDS_MAX && ids.every((id) => /^[1-9]\d{0,14}$/.test(id)))
          return ids.map(Number);
        context.addIssue({ code: "custom", message: `Select ${many} from the list.` });
        return z.NEVER;
      }),
    /** The query string of a view of which everything is meant. */
    view: z.string().max(2_000).optional(),
  });

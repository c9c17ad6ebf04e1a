import { z } from "zod";
import { parseTypedCredits } from "./credits.ts";
import { ROW_ID } from "./row-id.ts";
import { characters, findInvisible, tidyName } from "./text.ts";

/** What a pure reader answers: the value, or what is wrong in words for the person. */
export type ReadResult<T> = { ok: true; value: T } | { ok: false; message: string };

/** A pure reader as the function of a zod transform. */
export function asTransform<In, Out>(read: (input: In) => ReadResult<Out>) {
  return (input: In, context: z.core.$RefinementCtx): Out => {
    const result = read(input);
    if (result.ok) return result.value;
    context.addIssue({ code: "custom", message: result.message, input });
    return z.NEVER;
  };
}

/** A pure function that names what is wrong with a value, or null, as the function of a zod refinement. */
export function asRefinement<In>(faultOf: (input: In) => string | null) {
  return (input: In, context: z.core.$RefinementCtx): void => {
    const message = faultOf(input);
    if (message !== null) context.addIssue({ code: "custom", message, input, continue: false });
  };
}

/** What a form, a file or the command line calls a thing: tidied, visible, not empty, of at most `maxCharacters`. */
export function nameField(maxCharacters: number) {
  return z
    .string()
    .transform(tidyName)
    .superRefine(
      asRefinement((name) => {
        const invisible = findInvisible(name);
        if (name === "") return "Enter a name.";
        if (invisible) return `The name holds an invisible character (${invisible}). Remove it.`;
        return characters(name) > maxCharacters
          ? `At most ${maxCharacters} characters; this has ${characters(name)}.`
          : null;
      }),
    );
}

/** A text that may be left out: tidied, visible, of at most `maxCharacters`; null where nothing was typed. */
export function optionalText(maxCharacters: number) {
  return z
    .string()
    .transform(tidyName)
    .refine((text) => characters(text) <= maxCharacters, `At most ${maxCharacters} characters.`)
    .refine((text) => findInvisible(text) === null, "Holds an invisible character. Remove it.")
    .transform((text) => text || null);
}

/** More than zero, at most 10^12, up to six decimals, as a person types it; in millionths. */
export const positiveDecimal = z.string().transform(
  asTransform((text) => {
    const parsed = parseTypedCredits(text);
    return parsed.ok && parsed.value === 0n ? { ok: false, message: "Must be more than 0." } : parsed;
  }),
);

/** A row id as a form or a URL carries it. */
export const rowId = (message: string) => z.string().regex(ROW_ID, message).transform(Number);

/** The most ids that one change of a selection can list. A whole view is named by its query string instead. */
const SELECTED_IDS_MAX = 1_000;

/** More than the longest query string of a view: 20 tags of 100 characters, escaped. */
const VIEW_MAX_CHARACTERS = 20_000;

/** The query string of a view. */
export const viewQuery = z.string().max(VIEW_MAX_CHARACTERS);

/** The ids that were selected in a list of `many`, separated by commas. */
export const idList = (many: string) =>
  z
    .string()
    .default("")
    .transform((text, context) => {
      const ids = text.split(",").filter(Boolean);
      if (ids.length <= SELECTED_IDS_MAX && ids.every((id) => ROW_ID.test(id))) return ids.map(Number);
      context.addIssue({ code: "custom", message: `Select ${many} from the list.` });
      return z.NEVER;
    });

/** The form that activates or deactivates some of `many`, e.g. "organizations", or all of a view. */
export const statusChange = (many: string) =>
  z.object({
    to: z.enum(["activate", "deactivate"], "Choose to activate or to deactivate."),
    ids: idList(many),
    /** Everything in the view changes. */
    view: viewQuery.optional(),
    /** With a view: what the question said would change. */
    expected: z.string().max(100).optional(),
  });

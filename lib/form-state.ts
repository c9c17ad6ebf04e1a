/** What a form's action answers: a message for the whole form, errors by field, and what was typed, to keep it. */
export type FormState = {
  message?: string;
  errors?: Record<string, string>;
  values?: Record<string, string>;
  /** It is done, and the page stays where it is. */
  finished?: boolean;
};

export const UNREADABLE_FORM = "This form could not be read. Reload the page and try again.";

/**
 * The text fields of a submitted form; files and Next's own fields are left out, of a repeated field the first counts.
 * None when it is no form: whoever calls an action by hand hands in what he likes.
 */
export function textFields(data: FormData): Record<string, string> {
  const fields: Record<string, string> = {};
  if (!(data instanceof FormData)) return fields;
  for (const [name, value] of data) {
    if (typeof value === "string" && !name.startsWith("$ACTION") && !Object.hasOwn(fields, name)) {
      fields[name] = value;
    }
  }
  return fields;
}

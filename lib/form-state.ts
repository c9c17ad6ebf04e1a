/** What a form's action answers: a message for the whole form, errors by field, and what was typed, to keep it. */
export type FormState = {
  message?: string;
  errors?: Record<string, string>;
  values?: Record<string, string>;
  /** It is done, and the page stays where it is. */
  finished?: boolean;
};

/** The text fields of a submitted form; files and Next's own fields are left out, of a repeated field the first counts. */
export function textFields(data: FormData): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [name, value] of data) {
    if (typeof value === "string" && !name.startsWith("$ACTION") && !Object.hasOwn(fields, name)) {
      fields[name] = value;
    }
  }
  return fields;
}

import type { Conflict } from "./stale-edit.ts";
import type { ViewChange } from "./status-change.ts";

/** What an action asks of the person before it does what the form is about: to prove once more who they are. */
export type Confirmation =
  /** `passkeyOptions` for the browser's authenticator; null without a passkey. */
  | { by: "second_factor"; passkeyOptions: string | null; hasApp: boolean }
  | { by: "password" }
  /** `href` starts a new sign-in at the provider. */
  | { by: "single_sign_on"; href: string };

/** What a form's action answers: a message for the whole form, errors by field, and what was typed, to keep it. */
export type FormState = {
  message?: string;
  errors?: Record<string, string>;
  values?: Record<string, string>;
  /** Fields that somebody else changed while the form was open. */
  conflicts?: Record<string, Conflict>;
  /** A question before it is done; the answer sends `expected` back. */
  question?: ViewChange;
  /** Asked above the form, which keeps what was typed. The next submission carries the answer. */
  confirmation?: Confirmation;
  /** It is done, and the page stays where it is. */
  finished?: boolean;
};

export const UNREADABLE_FORM = "This form could not be read. Reload the page and try again.";

/** A form's action, as `useActionState` takes it. */
export type FormAction = (state: FormState, data: FormData) => Promise<FormState>;

/**
 * The text fields of a submitted form; files and Next's own fields are left out, of a repeated field the first counts.
 * Empty when `data` is no form: an action can be called by hand with anything.
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

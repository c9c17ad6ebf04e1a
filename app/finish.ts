import { revalidatePath } from "next/cache";
import { redirect } from "next/navigation";
import type { FormState } from "#lib/form-state.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { type Flash, setFlash } from "./flash.ts";

/** The hidden field by which a form keeps its page: a dialog's, or one that a script sends from its own page. */
const STAY_FIELD = "stay";

/**
 * Ends a form that succeeded: shows `message` and redirects to the page `to`, or else to the page in the form's field
 * `back`. A form that stays on its page gets the page with the new values instead, unless the page's address has
 * changed.
 */
export async function finishForm(
  data: FormData,
  message: string | Flash,
  to: string | null = null,
): Promise<FormState> {
  await setFlash(typeof message === "string" ? { text: message } : message);
  const field = data.get("back");
  const back = typeof field === "string" ? field : null;
  const path = safeReturnPath(to ?? back);
  const moved = to !== null && back !== null && back !== to;
  if (moved || !data.has(STAY_FIELD)) redirect(path);
  revalidatePath(path.replace(/\?.*/, ""));
  return { finished: true };
}

/** {@link finishForm} for an edit; the message is another where nothing was changed. */
export function finishEdit(
  data: FormData,
  changed: boolean,
  message: string | Flash,
  to: string | null = null,
): Promise<FormState> {
  return finishForm(data, changed ? message : "Nothing was changed.", to);
}

/** A message with the "Undo" of a batch; without a batch the message alone. */
export function withUndo(data: FormData, text: string, batch: number | null): Flash {
  const back = data.get("back");
  if (batch === null) return { text };
  return { text, undo: { batch, back: safeReturnPath(typeof back === "string" ? back : null) } };
}

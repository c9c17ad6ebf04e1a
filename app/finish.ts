import { revalidatePath } from "next/cache";
import { redirect } from "next/navigation";
import type { FormState } from "#lib/form-state.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { type Flash, setFlash } from "./flash.ts";

/** The hidden field by which a form keeps its page: a dialog's, or one that a script sends from its own page. */
export const STAY_FIELD = "stay";

/**
 * Ends a form that is done: shows `message`, and leads `to` that page, or else `back` to where the form says that it
 * was opened. A form that keeps its page gets it again with the new values instead, unless its page has moved.
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

/** {@link finishForm} for an edit: says so truthfully where the values were the same already. */
export function finishEdit(
  data: FormData,
  changed: boolean,
  message: string | Flash,
  to: string | null = null,
): Promise<FormState> {
  return finishForm(data, changed ? message : "Nothing was changed.", to);
}

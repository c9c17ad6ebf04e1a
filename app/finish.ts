import { revalidatePath } from "next/cache";
import { redirect } from "next/navigation";
import type { FormState } from "#lib/form-state.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { setFlash } from "./flash.ts";

/** Ends a form that is done: says so and goes `back` where the form names; in a dialog over a page that page stays. */
export async function finishForm(data: FormData, message: string): Promise<FormState> {
  await setFlash(message);
  const back = data.get("back");
  const path = safeReturnPath(typeof back === "string" ? back : null);
  if (!data.has("dialog")) redirect(path);
  revalidatePath(path.replace(/\?.*/, ""));
  return { finished: true };
}

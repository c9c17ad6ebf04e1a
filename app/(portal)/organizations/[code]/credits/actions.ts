"use server";

import { revalidatePath } from "next/cache";
import { redirect } from "next/navigation";
import { formAction } from "#app/action.ts";
import { setFlash } from "#app/flash.ts";
import type { FormState } from "#lib/form-state.ts";
import { allocateCredits, type Posted, returnCredits } from "#lib/ledger/commands.ts";
import { movedText, transferInput } from "#lib/ledger/rules.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";

/** Says what moved and goes back to the organization; in a dialog over it the page stays. */
const finish = (kind: "allocation" | "return", data: FormData) => async (posted: Posted) => {
  await setFlash(movedText(kind, posted));
  const back = data.get("back");
  const path = safeReturnPath(typeof back === "string" ? back : null);
  if (!data.has("dialog")) redirect(path);
  revalidatePath(path);
  return { finished: true };
};

export async function addCreditsAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: transferInput,
    data,
    run: allocateCredits,
    done: finish("allocation", data),
  });
}

export async function returnCreditsAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: transferInput,
    data,
    run: returnCredits,
    done: finish("return", data),
  });
}

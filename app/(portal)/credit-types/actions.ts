"use server";

import { revalidatePath } from "next/cache";
import { redirect } from "next/navigation";
import { formAction } from "#app/action.ts";
import { setFlash } from "#app/flash.ts";
import {
  archiveCreditType,
  createCreditType,
  restoreCreditType,
  updateCreditType,
} from "#lib/credit-types/commands.ts";
import { createCreditTypeInput, creditTypeIdInput, updateCreditTypeInput } from "#lib/credit-types/rules.ts";
import type { FormState } from "#lib/form-state.ts";
import { purchaseCredits } from "#lib/ledger/commands.ts";
import { movedText, purchaseInput } from "#lib/ledger/rules.ts";

const finish = (what: string) => async (type: { name: string }) => {
  await setFlash(`${type.name} was ${what}.`);
  redirect("/credit-types");
};

export async function createCreditTypeAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: createCreditTypeInput,
    data,
    run: createCreditType,
    done: finish("added"),
  });
}

export async function updateCreditTypeAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: updateCreditTypeInput,
    data,
    run: updateCreditType,
    done: finish("saved"),
  });
}

export async function archiveCreditTypeAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: creditTypeIdInput,
    data,
    run: archiveCreditType,
    done: finish("archived"),
  });
}

export async function restoreCreditTypeAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: creditTypeIdInput,
    data,
    run: restoreCreditType,
    done: finish("restored"),
  });
}

export async function purchaseCreditsAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: purchaseInput,
    data,
    run: purchaseCredits,
    done: async (purchase) => {
      await setFlash(movedText("purchase", purchase));
      if (!data.has("dialog")) redirect("/credit-types");
      revalidatePath("/credit-types");
      return { finished: true };
    },
  });
}

"use server";

import { editAction, formAction } from "#app/action.ts";
import { finishEdit, finishForm } from "#app/finish.ts";
import {
  archiveCreditType,
  createCreditType,
  restoreCreditType,
  updateCreditType,
} from "#lib/credit-types/commands.ts";
import { worthOfEntry } from "#lib/credit-types/queries.ts";
import { createCreditTypeInput, creditTypeIdInput, updateCreditTypeInput } from "#lib/credit-types/rules.ts";
import type { FormState } from "#lib/form-state.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { movedWorthText, purchaseInput } from "#lib/ledger/rules.ts";
import { asksForMove } from "#lib/second-factor/queries.ts";

const LIST = "/credit-types";

export async function createCreditTypeAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: createCreditTypeInput,
    data,
    run: createCreditType,
    done: ({ id, name }) =>
      finishForm(
        data,
        {
          text: `${name} was created. Its pool is empty.`,
          link: { href: `${LIST}/${id}/purchase`, label: "Record purchase" },
        },
        data.has("back") ? null : LIST,
      ),
  });
}

export async function updateCreditTypeAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "admin",
    input: updateCreditTypeInput,
    data,
    run: updateCreditType,
    done: ({ name, changed }) => finishEdit(data, changed, `${name} was saved.`, LIST),
  });
}

export async function archiveCreditTypeAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: creditTypeIdInput,
    data,
    run: archiveCreditType,
    done: ({ name, changed }) =>
      finishForm(data, changed ? `${name} was archived.` : `${name} was archived already.`, LIST),
  });
}

export async function restoreCreditTypeAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: creditTypeIdInput,
    data,
    run: restoreCreditType,
    done: ({ name, changed }) =>
      finishForm(data, changed ? `${name} was restored.` : `${name} was in use already.`, LIST),
  });
}

export async function purchaseCreditsAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: purchaseInput,
    data,
    confirms: ({ amount }) => asksForMove(amount),
    run: purchaseCredits,
    done: (purchase) =>
      finishForm(data, movedWorthText("purchase", purchase, worthOfEntry(purchase.entryId))),
  });
}

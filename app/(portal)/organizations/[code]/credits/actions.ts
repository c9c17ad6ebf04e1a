"use server";

import { formAction } from "#app/action.ts";
import { finishForm } from "#app/finish.ts";
import { worthOfEntry } from "#lib/credit-types/queries.ts";
import type { FormState } from "#lib/form-state.ts";
import { allocateCredits, returnCredits } from "#lib/ledger/commands/transfers.ts";
import { movedWorthText, transferInput } from "#lib/ledger/rules.ts";
import { asksForMove } from "#lib/second-factor/queries.ts";

export async function addCreditsAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: transferInput,
    data,
    confirms: ({ amount }) => asksForMove(amount),
    run: allocateCredits,
    done: (posted) => finishForm(data, movedWorthText("allocation", posted, worthOfEntry(posted.entryId))),
  });
}

export async function returnCreditsAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: transferInput,
    data,
    confirms: ({ amount }) => asksForMove(amount),
    run: returnCredits,
    done: (posted) => finishForm(data, movedWorthText("return", posted, worthOfEntry(posted.entryId))),
  });
}

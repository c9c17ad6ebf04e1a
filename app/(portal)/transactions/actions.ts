"use server";

import { formAction } from "#app/action.ts";
import { finishForm } from "#app/finish.ts";
import { creditsText } from "#lib/credits.ts";
import type { FormState } from "#lib/form-state.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { reversalInput } from "#lib/ledger/rules.ts";
import { asksForMove } from "#lib/second-factor/queries.ts";
import { getTransaction } from "#lib/transactions/queries/entries.ts";

export async function reverseEntryAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: reversalInput,
    data,
    confirms: ({ entry }, { scope }) => asksForMove(getTransaction(scope, entry)?.amount ?? 0n),
    run: reverseEntry,
    done: ({ entryId, amount, name }) =>
      finishForm(
        data,
        `${creditsText(amount)} of ${name} ${amount === 1_000_000n ? "was" : "were"} reversed.`,
        `/transactions/${entryId}`,
      ),
  });
}

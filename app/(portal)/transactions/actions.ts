"use server";

import { redirect } from "next/navigation";
import { formAction } from "#app/action.ts";
import { setFlash } from "#app/flash.ts";
import { creditsText } from "#lib/credits.ts";
import type { FormState } from "#lib/form-state.ts";
import { reverseEntry } from "#lib/ledger/commands.ts";
import { reversalInput } from "#lib/ledger/rules.ts";

export async function reverseEntryAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: reversalInput,
    data,
    run: reverseEntry,
    done: async ({ entryId, amount, name }) => {
      await setFlash(`${creditsText(amount)} of ${name} were reversed.`);
      redirect(`/transactions/${entryId}`);
    },
  });
}

"use server";

import { redirect } from "next/navigation";
import { formAction } from "#app/action.ts";
import { finishForm } from "#app/finish.ts";
import { type MoveReceipt, moveCredits } from "#lib/batches/commands/credits.ts";
import { movePools, moveSubjects } from "#lib/batches/queries/moves.ts";
import {
  type MoveCreditsInput,
  moveCreditsInput,
  movedInBatchText,
  planMove,
} from "#lib/batches/rules/credits.ts";
import { bulkHref } from "#lib/batches/search-params.ts";
import { type FormState, textFields } from "#lib/form-state.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import type { ActingUser } from "#lib/portal-users/session.ts";
import { done, type Result } from "#lib/result.ts";
import { asksForMove } from "#lib/second-factor/queries.ts";
import { chosenOrganizations } from "./selection.ts";

const selectionOf = ({ ids, view }: Pick<MoveCreditsInput, "ids" | "view">) => ({ ids, view: view ?? null });

/** What a form would move in all, so that a large sum asks for a confirmation. */
function totalOf({ move, split, amount, ...input }: MoveCreditsInput, { scope }: ActingUser): bigint {
  const ids = chosenOrganizations(scope, selectionOf(input));
  return planMove({ kind: move, split, amount }, moveSubjects(ids, split), movePools()).total;
}

/** Adds credits to some organizations or all of a view, or returns them, as the preview showed it. */
export async function moveCreditsAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: moveCreditsInput,
    data,
    confirms: (input, actor) => asksForMove(totalOf(input, actor)),
    run: async (
      input,
      actor,
    ): Promise<Result<{ stale: boolean; receipt?: MoveReceipt; input: MoveCreditsInput }>> => {
      const { move, split, amount, note, requestId, expected, view } = input;
      const ids = chosenOrganizations(actor.scope, selectionOf(input));
      const selection = view ?? input.ids.join(",");
      const result = await moveCredits(
        { move, split, amount, note, requestId, ids, selection, expected },
        actor,
      );
      if (result.ok) return done({ stale: false, receipt: result.value, input });
      return result.code === "stale_preview" ? done({ stale: true, input }) : result;
    },
    done: async ({ receipt, input }) => {
      const { move, split, ids, view } = input;
      if (!receipt) {
        const { amount = "", note = "", back = "" } = textFields(data);
        const selection = { ids, view: view ?? null, back: safeReturnPath(back) };
        redirect(
          bulkHref("/organizations/bulk/credits", selection, { move, split, amount, note, changed: "1" }),
        );
      }
      if (receipt.isRepeat) {
        return finishForm(data, "This was already recorded, so no credits moved this time.");
      }
      return finishForm(data, movedInBatchText(move, receipt));
    },
  });
}

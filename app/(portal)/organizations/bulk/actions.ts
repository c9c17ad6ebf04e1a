"use server";

import { redirect } from "next/navigation";
import { formAction } from "#app/action.ts";
import { finishForm, withUndo } from "#app/finish.ts";
import type { MoveReceipt } from "#lib/batches/commands/credits.ts";
import { movePools, moveSubjects } from "#lib/batches/queries/moves.ts";
import {
  type MoveCreditsInput,
  moveCreditsInput,
  movedInBatchText,
  planMove,
} from "#lib/batches/rules/credits.ts";
import { bulkHref, type Selection } from "#lib/batches/search-params.ts";
import { runBatch } from "#lib/batches/thread.ts";
import type { BatchReceipt } from "#lib/bulk/record.ts";
import { batchHref } from "#lib/bulk/rules/batches.ts";
import { formatCount } from "#lib/credits.ts";
import { type FormState, textFields } from "#lib/form-state.ts";
import { changeAllowanceInput } from "#lib/organizations/rules.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import type { ActingUser } from "#lib/portal-users/session.ts";
import { done, type Result } from "#lib/result.ts";
import { asksForMove } from "#lib/second-factor/queries.ts";
import { chosenOrganizations, managedOrganizations } from "./selection.ts";

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
    confirms: (input, actor) => asksForMove(() => totalOf(input, actor)),
    run: async (
      input,
      actor,
    ): Promise<Result<{ stale: boolean; receipt?: MoveReceipt; input: MoveCreditsInput }>> => {
      const { move, split, amount, note, requestId, expected, view } = input;
      const ids = chosenOrganizations(actor.scope, selectionOf(input));
      const selection = view ?? input.ids.join(",");
      const result = await runBatch(
        "moveCredits",
        ids.length,
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
      const { batch } = receipt;
      return finishForm(data, {
        ...withUndo(data, movedInBatchText(move, receipt), batch),
        ...(batch !== null && { link: { href: batchHref(batch), label: "Show batch" } }),
      });
    },
  });
}

/** Sets the allowance of some organizations or all of a view, as the preview showed it. */
export async function changeAllowanceAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "organization_admin",
    input: changeAllowanceInput,
    data,
    run: async (
      input,
      actor,
    ): Promise<Result<{ receipt?: BatchReceipt; selection: Omit<Selection, "back"> }>> => {
      const { monthlyAllowance, requestId, expected } = input;
      const selection = selectionOf(input);
      const ids = managedOrganizations(actor.scope, selection);
      const result = await runBatch(
        "changeOrganizationsAllowance",
        ids.length,
        { ids, monthlyAllowance, requestId, selection: selection.view ?? input.ids.join(","), expected },
        actor,
      );
      if (result.ok) return done({ receipt: result.value, selection });
      return result.code === "stale_preview" ? done({ selection }) : result;
    },
    done: async ({ receipt, selection }) => {
      const { monthlyAllowance = "", back = "" } = textFields(data);
      if (!receipt) {
        const params = { monthlyAllowance, changed: "1" };
        redirect(
          bulkHref("/organizations/bulk/allowance", { ...selection, back: safeReturnPath(back) }, params),
        );
      }
      const { changed, batch } = receipt;
      const text = `The allowance of ${formatCount(changed)} ${changed === 1 ? "organization" : "organizations"} was set.`;
      return finishForm(data, withUndo(data, text, batch));
    },
  });
}

"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { formAction } from "#app/action.ts";
import { finishForm } from "#app/finish.ts";
import type { ReversalReceipt } from "#lib/batches/commands/reversals.ts";
import { getBatch, rowsOfBatch } from "#lib/batches/queries/batches.ts";
import { planReversal } from "#lib/batches/queries/reversals.ts";
import { reverseBatchInput } from "#lib/batches/rules/reversals.ts";
import { runBatch } from "#lib/batches/thread.ts";
import { batchHref } from "#lib/bulk/rules/batches.ts";
import { creditsText, formatCount } from "#lib/credits.ts";
import { rowId } from "#lib/fields.ts";
import { type FormState, textFields } from "#lib/form-state.ts";
import type { ActingUser } from "#lib/portal-users/session.ts";
import { done, type Result } from "#lib/result.ts";
import { asksForMove } from "#lib/second-factor/queries.ts";

/** Whether reversing a batch moves so much that the person must confirm who they are. */
function asksForReversal({ scope }: ActingUser, batch: number, leavesShort: boolean): boolean {
  return asksForMove(() => {
    const plan = getBatch(scope, batch) && planReversal(batch, leavesShort);
    return plan?.credits?.total ?? 0n;
  });
}

/** "3 changes were reversed. 2 stay as they are, because somebody has changed them since." */
function reversedText({ changed, left, total, isRepeat }: ReversalReceipt): string {
  if (isRepeat) return "This was already reversed, so nothing changed this time.";
  const what = `${formatCount(changed)} ${changed === 1 ? "change was" : "changes were"} reversed`;
  const credits = total === 0n ? "." : `: ${creditsText(total)} in all.`;
  if (left === 0) return what + credits;
  return `${what}${credits} ${formatCount(left)} ${left === 1 ? "stays as it is" : "stay as they are"}.`;
}

/** Reverses a batch as its page showed it. */
export async function reverseBatchAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "organization_admin",
    input: reverseBatchInput,
    data,
    confirms: ({ batch, leave }, actor) => asksForReversal(actor, batch, leave === "short"),
    run: async (
      { batch, leave, note, expected, requestId },
      actor,
    ): Promise<Result<{ batch: number; leave?: string | undefined; receipt?: ReversalReceipt }>> => {
      const leavesShort = leave === "short";
      const result = await runBatch(
        "reverseBatch",
        rowsOfBatch(batch),
        { batch, leavesShort, note, expected, requestId },
        actor,
      );
      if (result.ok) return done({ batch, receipt: result.value });
      return result.code === "stale_preview" ? done({ batch, leave }) : result;
    },
    done: async ({ batch, leave, receipt }) => {
      if (!receipt) {
        const { note = "" } = textFields(data);
        const query = new URLSearchParams({ changed: "1", ...(leave && { leave }), ...(note && { note }) });
        redirect(`${batchHref(batch)}/reverse?${query}`);
      }
      return finishForm(data, reversedText(receipt), batchHref(batch));
    },
  });
}

/**
 * The "Undo" of a message: reverses a batch at once. Where that needs a decision or a confirmation, it leads to the page
 * that asks.
 */
export async function undoBatchAction(_state: FormState, data: FormData): Promise<FormState> {
  const page = (batch: number): never => redirect(`${batchHref(batch)}/reverse`);
  return formAction({
    role: "organization_admin",
    input: z.object({ batch: rowId("Unknown batch.") }),
    data,
    run: async ({ batch }, actor): Promise<Result<{ batch: number; receipt?: ReversalReceipt }>> => {
      if (asksForReversal(actor, batch, false)) return done({ batch });
      // A second click is the same request.
      const requestId = `undo-batch-${batch}`;
      const result = await runBatch(
        "reverseBatch",
        rowsOfBatch(batch),
        { batch, note: null, requestId, expected: null },
        actor,
      );
      if (result.ok) return done({ batch, receipt: result.value });
      return result.code === "batch_not_found" ? result : done({ batch });
    },
    done: async ({ batch, receipt }) => (receipt ? finishForm(data, reversedText(receipt)) : page(batch)),
  });
}

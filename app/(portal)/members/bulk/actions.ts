"use server";

import { redirect } from "next/navigation";
import { formAction } from "#app/action.ts";
import { finishForm, withUndo } from "#app/finish.ts";
import { selectionParams } from "#lib/batches/search-params.ts";
import { runBatch } from "#lib/batches/thread.ts";
import { type BatchReceipt, tooMany } from "#lib/bulk/record.ts";
import { formatCount } from "#lib/credits.ts";
import { type FormState, textFields } from "#lib/form-state.ts";
import { changeMembershipsInput } from "#lib/members/rules.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { done, type Result } from "#lib/result.ts";
import { type MembershipSelection, membershipParams, selectedMemberships } from "./selection.ts";

/** Sets the role or the allowance of some members or all of a view, as the preview showed it. */
export async function changeMembershipsAction(_state: FormState, data: FormData): Promise<FormState> {
  const typed = textFields(data);
  return formAction({
    role: "organization_admin",
    input: changeMembershipsInput,
    data,
    run: async (
      input,
      actor,
    ): Promise<Result<{ set: string; selection: MembershipSelection; receipt?: BatchReceipt }>> => {
      const { set, to, view, requestId, expected } = input;
      const selection: MembershipSelection = {
        ids: input.ids,
        view: view ?? null,
        organization: input.organization ?? null,
        back: safeReturnPath(typed.back ?? null),
      };
      const ids = await selectedMemberships(actor.scope, selection);
      if (ids === null) return tooMany();
      const named = JSON.stringify([input.ids, view, input.organization]);
      const result = await runBatch(
        "changeMemberships",
        ids.length,
        { ids, field: set, to, requestId, selection: named, expected },
        actor,
      );
      if (result.ok) return done({ set, selection, receipt: result.value });
      return result.code === "stale_preview" ? done({ set, selection }) : result;
    },
    done: async ({ set, selection, receipt }) => {
      if (!receipt) {
        const { allowance = "", monthlyAllowance = "", role = "" } = typed;
        const query = [...selectionParams(selection), ...membershipParams(selection)];
        const values = { set, allowance, monthlyAllowance, role, changed: "1" };
        redirect(`/members/bulk?${new URLSearchParams([...query, ...Object.entries(values)])}`);
      }
      const { changed, batch } = receipt;
      const text = `The ${set} of ${formatCount(changed)} ${changed === 1 ? "member" : "members"} was set.`;
      return finishForm(data, withUndo(data, text, batch));
    },
  });
}

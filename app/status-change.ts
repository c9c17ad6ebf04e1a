import { tooMany } from "#lib/bulk/record.ts";
import { BATCH_MAX } from "#lib/bulk/rules/batches.ts";
import { formatCount } from "#lib/credits.ts";
import type { FormState } from "#lib/form-state.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { type ViewChange, viewChange } from "#lib/status-change.ts";
import { finishForm, withUndo } from "./finish.ts";

type Change = { changed: number; batch: number | null };
type Outcome = (Change & { total: number }) | { question: ViewChange };

/** The rows of a view, as a change of their status needs them. */
export type RowsOfView = {
  /** The ids of those that have the other status now, and so would change. */
  changing: readonly number[];
  /** How many the view has in all. */
  total: number;
};

/**
 * Changes the status of everything in a view, once the question about it has been answered. Where other rows would
 * change by then than the question counted, it asks again.
 */
export async function changeView(
  { to, expected }: { to: "activate" | "deactivate"; expected?: string | undefined },
  { changing, total }: RowsOfView,
  change: (ids: readonly number[]) => Promise<Result<Change>>,
): Promise<Result<Outcome>> {
  if (total > BATCH_MAX) return tooMany();
  const question = viewChange(changing, total);
  if (question.changes === 0) return refused("nothing_to_change", nothingToChange(to, total));
  if (question.expected !== expected) return done({ question });
  return changeChosen(changing, change);
}

/**
 * The rows of a view whose rows have one status each.
 *
 * @param idsOf every id of a view
 */
export function rowsOfView<View extends { status: "all" | "active" | "inactive" }>(
  view: View,
  to: "activate" | "deactivate",
  idsOf: (view: View) => number[],
): RowsOfView {
  const idsOfStatus = (status: "active" | "inactive") =>
    view.status === "all" || view.status === status ? idsOf({ ...view, status }) : [];
  const changing = idsOfStatus(to === "activate" ? "inactive" : "active");
  return { changing, total: changing.length + idsOfStatus(to === "activate" ? "active" : "inactive").length };
}

/** Changes the status of the rows with these ids. */
export async function changeChosen(
  ids: readonly number[],
  change: (ids: readonly number[]) => Promise<Result<Change>>,
): Promise<Result<Outcome>> {
  const result = await change(ids);
  return result.ok ? done({ ...result.value, total: ids.length }) : result;
}

function nothingToChange(to: "activate" | "deactivate", total: number): string {
  const status = to === "activate" ? "active" : "inactive";
  if (total === 0) return "Nothing changed: this view is empty now.";
  return total === 1
    ? `Nothing changed: it is ${status} already.`
    : `Nothing changed: all ${formatCount(total)} are ${status} already.`;
}

/** Ends a change of status with its count, or asks the question. `one` and `many` name the rows, e.g. "member". */
export async function finishStatusChange(
  data: FormData,
  outcome: Outcome,
  one: string,
  many: string,
): Promise<FormState> {
  if ("question" in outcome) return { question: outcome.question };
  const { changed, batch, total } = outcome;
  const to = data.get("to") === "activate" ? "activate" : "deactivate";
  if (changed === 0) return finishForm(data, nothingToChange(to, total));
  const text = `${formatCount(changed)} ${changed === 1 ? `${one} was` : `${many} were`} ${to === "activate" ? "activated" : "deactivated"}.`;
  return finishForm(data, withUndo(data, text, batch));
}

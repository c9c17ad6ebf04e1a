import { formatCount } from "#lib/credits.ts";
import type { FormState } from "#lib/form-state.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { type ViewChange, viewChange } from "#lib/status-change.ts";
import { finishForm, withUndo } from "./finish.ts";

type Change = { changed: number; batch: number | null };
type Outcome = (Change & { total: number }) | { question: ViewChange };

/**
 * Changes the status of everything in a view, once the question about it has been answered. Where other rows would
 * change by then than the question counted, it asks again.
 *
 * @param idsOf every id of the view that has this status
 */
export async function changeView(
  { to, expected }: { to: "activate" | "deactivate"; expected?: string | undefined },
  idsOf: (status: "active" | "inactive") => number[],
  change: (ids: number[]) => Promise<Result<Change>>,
): Promise<Result<Outcome>> {
  const ids = idsOf(to === "activate" ? "inactive" : "active");
  const total = ids.length + idsOf(to === "activate" ? "active" : "inactive").length;
  const question = viewChange(ids, total);
  if (question.changes === 0) return refused("nothing_to_change", nothingToChange(to, total));
  if (question.expected !== expected) return done({ question });
  return changeChosen(ids, change);
}

/** The ids of a view that have this status. */
export function idsOfStatus<View extends { status: "all" | "active" | "inactive" }>(
  view: View,
  status: "active" | "inactive",
  idsOf: (view: View) => number[],
): number[] {
  return view.status === "all" || view.status === status ? idsOf({ ...view, status }) : [];
}

/** Changes the status of the rows with these ids. */
export async function changeChosen(
  ids: number[],
  change: (ids: number[]) => Promise<Result<Change>>,
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

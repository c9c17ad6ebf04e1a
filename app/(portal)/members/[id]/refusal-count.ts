import { countText } from "#components/refusals/words.ts";
import { refusalFilter } from "#lib/refusals/queries/filter.ts";
import { COUNTED_ROWS, countRefusals } from "#lib/refusals/queries/list.ts";
import { refusalsSearchParams } from "#lib/refusals/search-params.ts";
import type { Scope } from "#lib/scope/scope.ts";

/** The number on the tab: how many rows of refusals a member has in the scope. */
export function memberRefusals(scope: Scope, id: number): string {
  const view = { ...refusalsSearchParams.defaults, member: String(id) };
  return countText(countRefusals(refusalFilter(scope, view, "UTC")), COUNTED_ROWS);
}

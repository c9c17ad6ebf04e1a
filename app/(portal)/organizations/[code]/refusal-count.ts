import { countText } from "#components/refusals/words.ts";
import { refusalFilter } from "#lib/refusals/queries/filter.ts";
import { COUNTED_ROWS, countRefusals } from "#lib/refusals/queries/list.ts";
import { refusalsSearchParams } from "#lib/refusals/search-params.ts";
import type { Scope } from "#lib/scope/scope.ts";

/** How many rows of refusals an organization has, for the tab. */
export function organizationRefusals(scope: Scope, { code }: { code: string }): string {
  const view = { ...refusalsSearchParams.defaults, organization: code };
  return countText(countRefusals(refusalFilter(scope, view, "UTC")), COUNTED_ROWS);
}

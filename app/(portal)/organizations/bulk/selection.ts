import { oneOf, statusQuestion } from "#app/(portal)/status-question.ts";
import type { Selection } from "#lib/batches/search-params.ts";
import { organizationIds, organizationsByIds } from "#lib/organizations/queries.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import type { Scope } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";

/** The organizations of the scope that a selection has now, in its order. */
export function chosenOrganizations(scope: Scope, { ids, view }: Pick<Selection, "ids" | "view">): number[] {
  return view === null
    ? organizationsByIds(scope, [...new Set(ids)]).map(({ id }) => id)
    : organizationIds(scope, organizationsSearchParams.decode(new URLSearchParams(view)));
}

/** The selection that the bar of the list of organizations sent. */
export function organizationSelection(raw: RawSearchParams): Selection {
  const { view, ids } = statusQuestion(raw);
  const { back } = statusQuestion({ ...raw, back: oneOf(raw, "back") || "/organizations" });
  return { ids: [...new Set(ids)], view, back };
}

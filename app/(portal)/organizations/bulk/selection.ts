import { forbidden, notFound } from "next/navigation";
import { oneOf, statusQuestion } from "#app/(portal)/status-question.ts";
import type { Selection } from "#lib/batches/search-params.ts";
import { organizationIds } from "#lib/organizations/queries/list.ts";
import { organizationsByIds } from "#lib/organizations/queries/organizations.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { manages, type Scope } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";

/** The organizations of the scope that a selection has now, in its order. */
export function chosenOrganizations(scope: Scope, { ids, view }: Pick<Selection, "ids" | "view">): number[] {
  return view === null
    ? organizationsByIds(scope, [...new Set(ids)]).map(({ id }) => id)
    : organizationIds(scope, organizationsSearchParams.decode(new URLSearchParams(view)));
}

/**
 * The organizations of a selection whose settings the user changes: all that were selected by themselves, so that the command
 * refuses one that the user does not manage; of a view, those that the user manages.
 */
export function managedOrganizations(scope: Scope, { ids, view }: Pick<Selection, "ids" | "view">): number[] {
  if (view === null) return [...ids];
  return chosenOrganizations(scope, { ids, view }).filter((id) => manages(scope, id));
}

/**
 * The same for a page: not found where none of those that were selected by themselves is in the scope, forbidden where one
 * may only be read.
 */
export function requireManagedOrganizations(
  scope: Scope,
  selection: Pick<Selection, "ids" | "view">,
): number[] {
  if (selection.view !== null) return managedOrganizations(scope, selection);
  const ids = chosenOrganizations(scope, selection);
  if (selection.ids.length > 0 && ids.length === 0) notFound();
  if (!ids.every((id) => manages(scope, id))) forbidden();
  return ids;
}

/** The selection that the bar of the list of organizations sent. */
export function organizationSelection(raw: RawSearchParams): Selection {
  const { view, ids } = statusQuestion(raw);
  const { back } = statusQuestion({ ...raw, back: oneOf(raw, "back") || "/organizations" });
  return { ids: [...new Set(ids)], view, back };
}

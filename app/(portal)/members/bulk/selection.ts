import { forbidden, notFound } from "next/navigation";
import { oneOf, statusQuestion } from "#app/(portal)/status-question.ts";
import type { Selection } from "#lib/batches/search-params.ts";
import { readRowId } from "#lib/fields.ts";
import { type MembershipLine, membershipLines } from "#lib/members/bulk-queries.ts";
import { membershipIdsOf } from "#lib/members/queries/memberships.ts";
import { membershipsSearchParams } from "#lib/members/search-params.ts";
import { manages, reads, type Scope } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";

/** The memberships that a list's bar sent: by their ids, or all of a view of one organization's members. */
export type MembershipSelection = Selection & {
  /** Whose the view is. */
  organization: number | null;
};

export function membershipSelection(raw: RawSearchParams): MembershipSelection {
  const organization = readRowId(oneOf(raw, "organization"));
  const { view, ids, back } = statusQuestion({ ...raw, back: oneOf(raw, "back") || "/members" });
  // A view is of one organization.
  return { ids: [...new Set(ids)], view: organization === null ? null : view, organization, back };
}

/** The parameters of a selection beside those of every list. */
export function membershipParams({
  organization,
}: Pick<MembershipSelection, "organization">): [name: string, value: string][] {
  return organization === null ? [] : [["organization", String(organization)]];
}

/** The ids of a selection. Those that were selected by themselves are for the command to check. */
export function selectedMemberships(
  scope: Scope,
  { ids, view, organization }: Omit<MembershipSelection, "back">,
): number[] {
  if (view === null || organization === null) return [...ids];
  return membershipIdsOf(scope, organization, membershipsSearchParams.decode(new URLSearchParams(view)));
}

/**
 * The memberships of a selection for a page: not found where none of those that were selected is in the scope, forbidden
 * where one may only be read.
 */
export function requireMemberships(scope: Scope, selection: MembershipSelection): MembershipLine[] {
  const { ids, view, organization } = selection;
  if (organization !== null && !reads(scope, organization)) notFound();
  if (organization !== null && !manages(scope, organization)) forbidden();
  const lines = membershipLines(selectedMemberships(scope, selection)).filter((line) =>
    reads(scope, line.organizationId),
  );
  if (view === null && ids.length > 0 && lines.length === 0) notFound();
  if (!lines.every((line) => manages(scope, line.organizationId))) forbidden();
  return lines;
}

import { forbidden, notFound } from "next/navigation";
import { oneOf, statusQuestion } from "#app/(portal)/status-question.ts";
import type { Selection } from "#lib/batches/search-params.ts";
import { readRowId } from "#lib/fields.ts";
import { type MembershipLine, membershipIdsOfMembers, membershipLines } from "#lib/members/bulk-queries.ts";
import { membershipIdPieces } from "#lib/members/queries/members.ts";
import { membershipIdsOf } from "#lib/members/queries/memberships.ts";
import { membershipsSearchParams, membersSearchParams } from "#lib/members/search-params.ts";
import { getOrganization } from "#lib/organizations/queries.ts";
import { manages, reads, type Scope } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";

/** The memberships that a list's bar sent: by their ids, by the ids of people, or all of a view. */
export type MembershipSelection = Selection & {
  members: readonly number[];
  /** Whose the view is; null for the list of all members. */
  organization: number | null;
  /** Of the list of all members: the organization that it is filtered by, so that people mean their memberships in it. */
  within: string;
};

export function membershipSelection(raw: RawSearchParams): MembershipSelection {
  const { view, ids } = statusQuestion(raw);
  const { back } = statusQuestion({ ...raw, back: oneOf(raw, "back") || "/members" });
  const members = [...new Set([raw.member ?? []].flat().flatMap((id) => readRowId(id) ?? []))];
  const organization = readRowId(oneOf(raw, "organization"));
  // The bar sends the query of its list also where some rows are selected.
  const filters = membersSearchParams.decode(new URLSearchParams(oneOf(raw, "view")));
  const within = organization === null ? oneOf(raw, "within") || filters.organization : "";
  return { ids: [...new Set(ids)], members, view, organization, within, back };
}

/** The parameters of a selection beside those of every list. */
export function membershipParams({
  members,
  organization,
  within,
}: MembershipSelection): [name: string, value: string][] {
  return [
    ...members.map((id): [string, string] => ["member", String(id)]),
    ...(organization === null ? [] : [["organization", String(organization)] as [string, string]]),
    ...(within === "" ? [] : [["within", within] as [string, string]]),
  ];
}

/** Those of a view or of people that the user manages; those that were selected by themselves are for the command to check. */
export function selectedMemberships(
  scope: Scope,
  { ids, members, view, organization, within }: Omit<MembershipSelection, "back">,
): number[] {
  if (view === null && members.length === 0) return [...ids];
  const managed = (some: readonly number[]) =>
    membershipLines(some).flatMap((line) => (manages(scope, line.organizationId) ? [line.id] : []));
  if (view === null) {
    const one = within === "" ? null : getOrganization(scope, within);
    if (within !== "" && one === null) return [];
    return managed(membershipIdsOfMembers(members, one?.id ?? scope));
  }
  const query = new URLSearchParams(view);
  return managed(
    organization === null
      ? [...membershipIdPieces(scope, membersSearchParams.decode(query))].flat()
      : membershipIdsOf(scope, organization, membershipsSearchParams.decode(query)),
  );
}

/**
 * The memberships of a selection for a page: not found where none of those that were selected is in the scope, forbidden
 * where one may only be read.
 */
export function requireMemberships(scope: Scope, selection: MembershipSelection): MembershipLine[] {
  const { ids, members, view, organization } = selection;
  if (organization !== null && !reads(scope, organization)) notFound();
  if (organization !== null && !manages(scope, organization)) forbidden();
  const lines = membershipLines(selectedMemberships(scope, selection)).filter((line) =>
    reads(scope, line.organizationId),
  );
  if (view === null && members.length === 0 && ids.length > 0) {
    if (lines.length === 0) notFound();
    if (!lines.every((line) => manages(scope, line.organizationId))) forbidden();
  }
  return lines;
}

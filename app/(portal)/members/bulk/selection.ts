import { forbidden, notFound } from "next/navigation";
import { oneOf, statusQuestion } from "#app/(portal)/status-question.ts";
import type { Selection } from "#lib/batches/search-params.ts";
import { BATCH_MAX } from "#lib/bulk/rules/batches.ts";
import { type MembershipLine, membershipLines } from "#lib/members/bulk-queries.ts";
import { managedMemberships } from "#lib/members/queries/member-list.ts";
import { membershipIdsOf } from "#lib/members/queries/memberships.ts";
import { membershipsSearchParams, membersSearchParams } from "#lib/members/search-params.ts";
import { readRowId } from "#lib/row-id.ts";
import { manages, reads, type Scope } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";

/** The memberships that a list's bar sent: some by their ids, or all of a view. */
export type MembershipSelection = Selection & {
  /** The organization whose members the view is of; null for a view of `/members`. */
  organization: number | null;
};

export function membershipSelection(raw: RawSearchParams): MembershipSelection {
  const organization = readRowId(oneOf(raw, "organization"));
  const { view, ids, back } = statusQuestion({ ...raw, back: oneOf(raw, "back") || "/members" });
  return { ids: [...new Set(ids)], view, organization, back };
}

/** The parameters of a selection beside those of every list. */
export function membershipParams({
  organization,
}: Pick<MembershipSelection, "organization">): [name: string, value: string][] {
  return organization === null ? [] : [["organization", String(organization)]];
}

/**
 * The ids of a selection. Those that were selected by themselves are for the command to check.
 *
 * @returns null where they are more than a batch can have
 */
export async function selectedMemberships(
  scope: Scope,
  { ids, view, organization }: Omit<MembershipSelection, "back">,
): Promise<readonly number[] | null> {
  if (view === null) return ids;
  const params = new URLSearchParams(view);
  if (organization !== null) {
    return membershipIdsOf(scope, organization, membershipsSearchParams.decode(params));
  }
  const rows = await managedMemberships(scope, membersSearchParams.decode(params), BATCH_MAX);
  return rows?.map(({ id }) => id) ?? null;
}

/**
 * The memberships of a selection for a page: not found where none of those that were selected is in the scope, forbidden
 * where one may only be read.
 *
 * @returns null where they are more than a batch can have
 */
export async function requireMemberships(
  scope: Scope,
  selection: MembershipSelection,
): Promise<MembershipLine[] | null> {
  const { ids, view, organization } = selection;
  if (organization !== null && !reads(scope, organization)) notFound();
  if (organization !== null && !manages(scope, organization)) forbidden();
  const selected = await selectedMemberships(scope, selection);
  if (selected === null || selected.length > BATCH_MAX) return null;
  const lines = membershipLines(selected).filter((line) => reads(scope, line.organizationId));
  if (view === null && ids.length > 0 && lines.length === 0) notFound();
  if (!lines.every((line) => manages(scope, line.organizationId))) forbidden();
  return lines;
}

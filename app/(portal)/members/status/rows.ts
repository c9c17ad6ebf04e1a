import { type RowsOfView, rowsOfView } from "#app/status-change.ts";
import { BATCH_MAX } from "#lib/bulk/rules/batches.ts";
import { managedMemberships } from "#lib/members/queries/member-list.ts";
import { membershipIdsOf } from "#lib/members/queries/memberships.ts";
import { membershipsSearchParams, membersSearchParams } from "#lib/members/search-params.ts";
import type { Scope } from "#lib/scope/scope.ts";

/**
 * The memberships of a view of `/members`, or of one organization's members, as a change of their status needs them. Of
 * `/members` they are those that the user manages, because its people may have others too.
 *
 * @param view the query string of the view
 * @returns null where they are more than a batch can have
 */
export async function statusRows(
  scope: Scope,
  { to, view, organization }: { to: "activate" | "deactivate"; view: string; organization: number | null },
): Promise<RowsOfView | null> {
  const params = new URLSearchParams(view);
  if (organization !== null) {
    const whole = membershipsSearchParams.decode(params);
    return rowsOfView(whole, to, (of) => membershipIdsOf(scope, organization, of));
  }
  const rows = await managedMemberships(scope, membersSearchParams.decode(params), BATCH_MAX);
  if (rows === null) return null;
  const changing = rows.filter(({ active }) => active === (to === "deactivate"));
  return { changing: changing.map(({ id }) => id), total: rows.length };
}

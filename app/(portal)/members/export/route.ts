import { csvResponse } from "#app/csv-response.ts";
import { exportMemberships } from "#lib/members/export.ts";
import { membershipIdsOfView } from "#lib/members/queries.ts";
import { membersHref, membersSearchParams } from "#lib/members/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";

export async function GET(request: Request): Promise<Response> {
  const view = membersSearchParams.decode(new URL(request.url).searchParams);
  await requireUser(membersHref(view, {}, "/members/export"));
  return csvResponse("members", exportMemberships(membershipIdsOfView(view)));
}

import { csvResponse } from "#app/csv-response.ts";
import { exportMemberships } from "#lib/members/export.ts";
import { membershipIdPieces } from "#lib/members/queries/member-list.ts";
import { membersHref, membersSearchParams } from "#lib/members/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";

export async function GET(request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const view = membersSearchParams.decode(searchParams);
  const figures = searchParams.get("format") === "figures";
  const { scope } = await requireUser(membersHref(view, {}, "/members/export"), "grant");
  return csvResponse("members", exportMemberships(scope, membershipIdPieces(scope, view), { figures }));
}

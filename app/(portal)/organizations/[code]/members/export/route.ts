import { csvResponse } from "#app/csv-response.ts";
import { exportMemberships } from "#lib/members/export.ts";
import { membershipIdsOf } from "#lib/members/queries/memberships.ts";
import { membershipsHref, membershipsSearchParams } from "#lib/members/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { decodeCode, organizationOfPage, organizationPath } from "../../code.ts";

export async function GET(
  request: Request,
  { params }: { params: Promise<{ code: string }> },
): Promise<Response> {
  const code = decodeCode((await params).code);
  const { searchParams } = new URL(request.url);
  const view = membershipsSearchParams.decode(searchParams);
  const figures = searchParams.get("format") === "figures";
  const { scope } = await requireUser(
    membershipsHref(`${organizationPath(code)}/members/export`, view),
    "grant",
  );
  const organization = organizationOfPage(scope, code, (path) => `${path}/members/export?${searchParams}`);
  return csvResponse(
    "members",
    exportMemberships(scope, [membershipIdsOf(scope, organization.id, view)], { figures }),
  );
}

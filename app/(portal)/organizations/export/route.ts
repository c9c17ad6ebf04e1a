import { csvResponse } from "#app/csv-response.ts";
import { exportOrganizations } from "#lib/organizations/export.ts";
import { organizationsHref, organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";

export async function GET(request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const view = organizationsSearchParams.decode(searchParams);
  const figures = searchParams.get("format") === "figures";
  const user = await requireUser(organizationsHref(view, {}, "/organizations/export"), "grant");
  return csvResponse("organizations", exportOrganizations(user.scope, view, { figures }));
}

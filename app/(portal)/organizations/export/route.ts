import { csvResponse } from "#app/csv-response.ts";
import { exportOrganizations } from "#lib/organizations/export.ts";
import { organizationsHref, organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";

export async function GET(request: Request): Promise<Response> {
  const view = organizationsSearchParams.decode(new URL(request.url).searchParams);
  await requireUser(organizationsHref(view, {}, "/organizations/export"));
  return csvResponse("organizations", exportOrganizations(view));
}

import { csvResponse } from "#app/csv-response.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { exportRefusals } from "#lib/refusals/export.ts";
import { refusalFilter } from "#lib/refusals/queries/filter.ts";
import { refusalsHref, refusalsSearchParams } from "#lib/refusals/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";

export async function GET(request: Request): Promise<Response> {
  const view = refusalsSearchParams.decode(new URL(request.url).searchParams);
  const { scope } = await requireUser(refusalsHref(view, {}, "/refusals/export"), "grant");
  return csvResponse("refusals", exportRefusals(refusalFilter(scope, view, getSettings().timeZone)));
}

import { csvResponse } from "#app/csv-response.ts";
import { exportAlerts } from "#lib/alerts/export.ts";
import { alertFilter, mutedRulesOf } from "#lib/alerts/queries/list.ts";
import { alertsHref, alertsSearchParams } from "#lib/alerts/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";

export async function GET(request: Request): Promise<Response> {
  const view = alertsSearchParams.decode(new URL(request.url).searchParams);
  const { scope, id } = await requireUser(alertsHref(view, {}, "/alerts/export"), "grant");
  return csvResponse("alerts", exportAlerts(alertFilter(scope, view, mutedRulesOf(id))));
}

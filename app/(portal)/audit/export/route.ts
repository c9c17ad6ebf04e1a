import { csvResponse } from "#app/csv-response.ts";
import { exportAudit } from "#lib/audit/export.ts";
import { auditFilter } from "#lib/audit/filter.ts";
import { auditHref, auditSearchParams } from "#lib/audit/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { getSettings } from "#lib/settings/queries.ts";

export async function GET(request: Request): Promise<Response> {
  const view = auditSearchParams.decode(new URL(request.url).searchParams);
  const user = await requireUser(auditHref(view, {}, "/audit/export"), "grant");
  return csvResponse("audit", exportAudit(auditFilter(view, getSettings().timeZone), user));
}

import { exportOrganizations } from "#lib/organizations/export.ts";
import { organizationsHref, organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { isoDate } from "#lib/time.ts";

export async function GET(request: Request): Promise<Response> {
  const view = organizationsSearchParams.decode(new URL(request.url).searchParams);
  await requireUser(organizationsHref(view, {}, "/organizations/export"));
  const pieces = exportOrganizations(view);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
  const file = `organizations-${isoDate(new Date(), getSettings().timeZone)}.csv`;
  return new Response(body, {
    headers: {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": `attachment; filename="${file}"`,
      "Cache-Control": "private, no-store",
    },
  });
}

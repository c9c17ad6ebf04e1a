import { importProgress } from "#lib/imports/jobs.ts";
import { getImport } from "#lib/imports/queries.ts";
import { mayUseImport } from "#lib/imports/rules.ts";
import { actingUser } from "#lib/portal-users/session.ts";

/** How far the import is, for the page that waits for it. */
export async function GET(
  _request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> {
  const { id } = await params;
  const actor = await actingUser();
  const found = actor && getImport(id);
  if (!found || !mayUseImport(actor, found)) {
    return Response.json({ status: "unknown" }, { status: 404, headers: { "Cache-Control": "no-store" } });
  }
  return Response.json(
    { status: found.status, progress: importProgress(id) },
    { headers: { "Cache-Control": "no-store" } },
  );
}

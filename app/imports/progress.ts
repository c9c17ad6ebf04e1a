import { importProgress } from "#lib/imports/jobs.ts";
import { getImport, mayUseImport } from "#lib/imports/queries.ts";
import type { ImportKind } from "#lib/imports/rules.ts";
import { actingUser } from "#lib/portal-users/session.ts";

/** The progress of the import, which the waiting page polls. */
export async function answerProgress(id: string, kind: ImportKind): Promise<Response> {
  const actor = await actingUser();
  const upload = actor && getImport(id);
  if (!upload || upload.kind !== kind || !mayUseImport(actor, upload)) {
    return Response.json({ status: "unknown" }, { status: 404, headers: { "Cache-Control": "no-store" } });
  }
  return Response.json(
    { status: upload.status, progress: importProgress(id) },
    { headers: { "Cache-Control": "no-store" } },
  );
}

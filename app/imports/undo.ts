import { readFile } from "node:fs/promises";
import { undoPath } from "#lib/imports/commands.ts";
import { getImport, mayUseImport } from "#lib/imports/queries.ts";
import type { ImportKind } from "#lib/imports/rules.ts";
import { actingUser } from "#lib/portal-users/session.ts";

/** The CSV file that restores what an import changed. Only users who may run that import get it. */
export async function answerUndo(id: string, kind: ImportKind): Promise<Response> {
  const missing = () => new Response("There is no undo file.", { status: 404 });
  const actor = await actingUser();
  const upload = actor && getImport(id);
  if (!upload || upload.kind !== kind || !mayUseImport(actor, upload) || upload.status !== "done") {
    return missing();
  }
  const csv = await readFile(undoPath(id)).catch(() => null);
  if (!csv) return missing();
  return new Response(new Uint8Array(csv), {
    headers: {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": `attachment; filename="${kind}-undo.csv"`,
      "Cache-Control": "private, no-store",
    },
  });
}

import { readFile } from "node:fs/promises";
import { errorsPath, undoPath } from "#lib/imports/commands.ts";
import { getImport, mayUseImport } from "#lib/imports/queries.ts";
import type { ImportKind } from "#lib/imports/rules.ts";
import { actingUser } from "#lib/portal-users/session.ts";

/** The files that an import leaves, by the end of their address and name. */
const FILES = {
  /** What brings back the values that the import changed. */
  undo: { path: undoPath, statuses: ["done"], missing: "There is no undo file." },
  /** The rows with an error. */
  errors: { path: errorsPath, statuses: ["checked", "failed"], missing: "No row has an error." },
};

/** A CSV file of an import. Only users who may run that import get it. */
export async function answerImportFile(
  id: string,
  kind: ImportKind,
  file: keyof typeof FILES,
): Promise<Response> {
  const { path, statuses, missing } = FILES[file];
  const notFound = () => new Response(missing, { status: 404 });
  const actor = await actingUser();
  const upload = actor && getImport(id);
  if (!upload || upload.kind !== kind || !mayUseImport(actor, upload) || !statuses.includes(upload.status)) {
    return notFound();
  }
  const csv = await readFile(path(id)).catch(() => null);
  if (!csv) return notFound();
  return new Response(new Uint8Array(csv), {
    headers: {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": `attachment; filename="${kind}-${file}.csv"`,
      "Cache-Control": "private, no-store",
    },
  });
}

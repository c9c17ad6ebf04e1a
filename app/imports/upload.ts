import { readBytes } from "#app/read-bytes.ts";
import { isSameOrigin } from "#app/same-origin.ts";
import { DatabaseUnavailableError, storageError } from "#db/unavailable.ts";
import { addImport } from "#lib/imports/commands.ts";
import { startImportJob } from "#lib/imports/jobs.ts";
import { mayImport } from "#lib/imports/queries.ts";
import { IMPORT_MAX_BYTES, IMPORT_MODES, type ImportKind, importHref } from "#lib/imports/rules.ts";
import { actingUser, signInHref } from "#lib/portal-users/session.ts";

/** A small file is checked within this time, and its preview is there at once. */
const WAIT_MS = 1_000;
/** What a multipart body has around the file. */
const ENVELOPE_BYTES = 10_000;

function seeOther(path: string): Response {
  return new Response(null, { status: 303, headers: { Location: path } });
}

/** Takes the file of an import form, with or without JavaScript, and leads to its preview. */
export async function takeUpload(request: Request, kind: ImportKind): Promise<Response> {
  if (!isSameOrigin(request.headers))
    return new Response("This form was sent from another site.", { status: 403 });
  const actor = await actingUser();
  if (!actor) return seeOther(signInHref(importHref(kind)));
  if (!mayImport(actor, kind)) return new Response("Your role may not import.", { status: 403 });
  const problem = (name: string) => seeOther(`${importHref(kind)}?problem=${name}`);

  const limit = IMPORT_MAX_BYTES + ENVELOPE_BYTES;
  const body = await readBytes(request, limit);
  if (!body) return problem("large");
  const type = request.headers.get("content-type") ?? "";
  const form = await new Response(body, { headers: { "Content-Type": type } }).formData().catch(() => null);
  const file = form?.get("file");
  const mode = IMPORT_MODES.find((one) => one === form?.get("mode")) ?? "add";
  if (!(file instanceof File) || file.size === 0) return problem("empty");
  if (file.size > IMPORT_MAX_BYTES) return problem("large");

  let id: string;
  try {
    id = await addImport(kind, { name: file.name, bytes: await file.bytes() }, actor, mode);
  } catch (error) {
    if (storageError(error) || error instanceof DatabaseUnavailableError) return problem("storage");
    throw error;
  }
  await Promise.race([
    startImportJob({ id, task: "check", actor }),
    new Promise((resolve) => setTimeout(resolve, WAIT_MS)),
  ]);
  return seeOther(importHref(kind, id));
}

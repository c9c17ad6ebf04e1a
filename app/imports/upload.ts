import { isSameOrigin } from "#app/same-origin.ts";
import { DatabaseUnavailableError, storageError } from "#db/unavailable.ts";
import { addImport } from "#lib/imports/commands.ts";
import { startImportJob } from "#lib/imports/jobs.ts";
import { mayImport } from "#lib/imports/queries.ts";
import { type ImportKind, importHref } from "#lib/imports/rules.ts";
import { actingUser, signInHref } from "#lib/portal-users/session.ts";
import { readUploadForm } from "./upload-form.ts";

/** A small file is checked within this time, and its preview is there at once. */
const WAIT_MS = 1_000;

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

  let id: string;
  try {
    const form = await readUploadForm(request);
    if (typeof form === "string") return problem(form);
    id = await addImport(kind, form.file, actor, form.mode);
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

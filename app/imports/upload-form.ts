import { once } from "node:events";
import type { Readable } from "node:stream";
import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { discard } from "#app/read-bytes.ts";
import { removeUpload, type StoredUpload, storeUpload } from "#lib/imports/commands.ts";
import { IMPORT_MAX_BYTES, IMPORT_MODES, type ImportMode } from "#lib/imports/rules.ts";

/** What a multipart body has around the file. */
const ENVELOPE_BYTES = 10_000;
const BODY_MAX_BYTES = IMPORT_MAX_BYTES + ENVELOPE_BYTES;
/** Our form has two parts: the file and the mode. */
const LIMITS = { files: 2, fields: 10, fieldSize: 100, headerPairs: 20, headerSize: 4_000 };

/** What an upload form has: its file, which is stored, and what to do with its rows. */
export type UploadForm = { file: StoredUpload; mode: ImportMode };

/** Whether the body was given to the parser whole. A client that goes away, or sends no form, leaves it broken. */
type Feeding = "whole" | "large" | "broken";

/** Gives a body to the parser, no faster than the parser takes it. */
async function feed(form: BusboyInstance, reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Feeding> {
  // Listened to until the end, because the parser emits more errors after the first.
  const finished = new Promise<void>((resolve, reject) => form.once("finish", resolve).on("error", reject));
  finished.catch(() => {});
  try {
    let received = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      received += value.byteLength;
      if (received > BODY_MAX_BYTES) return "large";
      if (!form.write(value)) await once(form, "drain");
    }
    form.end();
    await finished;
    return "whole";
  } catch {
    return "broken";
  }
}

/** A file name as it was before the browser escaped it (WHATWG HTML, "multipart form data"). */
function unescapeName(name: string): string {
  return name.replaceAll("%0A", "\n").replaceAll("%0D", "\r").replaceAll("%22", '"');
}

function parserOf(contentType: string | null): BusboyInstance | null {
  try {
    return new Busboy({
      headers: { "content-type": contentType ?? "" },
      limits: LIMITS,
      // The name is only shown, and a name with slashes is shown whole.
      preservePath: true,
    });
  } catch {
    // It is no form with files, or has no boundary.
    return null;
  }
}

/**
 * Reads an upload form. Its file goes to the folder of uploads while it arrives, so that no more than a few pieces of it
 * are in memory. Nothing stays there where the form is refused.
 *
 * @returns "large" for a file beyond {@link IMPORT_MAX_BYTES}, whatever the headers announce; "empty" for a form without a
 * file, and for a body that is no form
 * @throws what the file system throws when it cannot store the file
 */
export async function readUploadForm(request: Request): Promise<UploadForm | "large" | "empty"> {
  // The HTTP server discards a body that nobody reads.
  if (Number(request.headers.get("content-length") ?? 0) > BODY_MAX_BYTES) return "large";
  const form = parserOf(request.headers.get("content-type"));
  const reader = request.body?.getReader();
  if (!form || !reader) return "empty";

  let mode: ImportMode = "add";
  let storing: Promise<StoredUpload> | undefined;
  let content: Readable | undefined;
  form.on("field", (name, value) => {
    if (name === "mode") mode = IMPORT_MODES.find((one) => one === value) ?? mode;
  });
  form.on("file", (name, stream, fileName) => {
    // The parser waits for each file to be read, and tells both the form and the file that the body is cut off.
    stream.on("error", () => {});
    if (name !== "file" || storing) {
      stream.resume();
      return;
    }
    content = stream;
    storing = storeUpload(unescapeName(fileName), stream.iterator({ destroyOnReturn: false }));
    // What can be stored no longer is still read, because the parser would wait for ever.
    storing.catch(() => stream.resume());
  });

  const feeding = await feed(form, reader);
  if (feeding !== "whole") {
    content?.destroy();
    await storing?.then(removeUpload, () => {});
    void discard(reader);
    return feeding === "large" ? "large" : "empty";
  }
  const file = await storing;
  if (file && file.byteLength > 0 && file.byteLength <= IMPORT_MAX_BYTES) return { file, mode };
  if (file) await removeUpload(file);
  return file && file.byteLength > 0 ? "large" : "empty";
}

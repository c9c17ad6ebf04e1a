import { parseJson } from "#lib/json.ts";
import { type Problem, problem } from "#lib/problem.ts";

/** An event is small; what it says for itself is bounded anyway. */
export const EVENT_MAX_BYTES = 64 * 1024;
export const BATCH_MAX_BYTES = 4 * 1024 * 1024;

type Refused = { ok: false; problem: Problem; headers?: Record<string, string> };

/** So much more is taken and thrown away, for most clients read their answer only when they have sent everything. */
const DISCARD_MAX_BYTES = 64 * 1024 * 1024;

async function discard(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  try {
    for (let size = 0; size < DISCARD_MAX_BYTES; ) {
      const { done, value } = await reader.read();
      if (done) return;
      size += value.byteLength;
    }
    // Ends the connection.
    await reader.cancel();
  } catch {
    // Who has gone away needs no answer.
  }
}

/** Reads at most `limit` bytes, whatever Content-Length claims; null when there are more. */
async function readBytes(request: Request, limit: number): Promise<Uint8Array | null> {
  const announced = request.headers.get("content-length");
  if (announced !== null) {
    // The HTTP server reads no more than was announced, and throws away what nobody has asked for.
    return Number(announced) <= limit ? new Uint8Array(await request.arrayBuffer()) : null;
  }
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  const pieces: Uint8Array[] = [];
  let size = 0;
  while (size <= limit) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(pieces);
    size += value.byteLength;
    pieces.push(value);
  }
  void discard(reader);
  return null;
}

/** Is the body of a type and encoding that can be read? The problem is 415 otherwise. */
export function refuseMedia(request: Request, isFit: boolean, wanted: string): Refused | null {
  const encoding = request.headers.get("content-encoding");
  if (encoding && encoding.toLowerCase() !== "identity") {
    return {
      ok: false,
      problem: problem("unsupported_media_type", "Send the body without a Content-Encoding."),
      headers: { "Accept-Encoding": "identity" },
    };
  }
  if (isFit) return null;
  return {
    ok: false,
    problem: problem("unsupported_media_type", `Send the body with Content-Type: ${wanted}.`),
    headers: { Accept: wanted },
  };
}

/** The body as JSON, of at most `limit` bytes. */
export async function readJson(
  request: Request,
  limit: number,
): Promise<{ ok: true; value: unknown } | Refused> {
  const bytes = await readBytes(request, limit);
  if (!bytes) {
    return { ok: false, problem: problem("content_too_large", `At most ${limit} bytes.`, { limit }) };
  }
  const parsed = parseJson(bytes);
  return parsed.ok ? parsed : { ok: false, problem: problem("invalid_request", parsed.message) };
}

import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { readBytes } from "#app/read-bytes.ts";
import { parseJson } from "#lib/json.ts";
import { type Problem, problem } from "#lib/problem.ts";

/** Both limits apply to the body as it is sent and, if it is compressed, to the unpacked body. */
export const EVENT_MAX_BYTES = 64 * 1024;
export const BATCH_MAX_BYTES = 4 * 1024 * 1024;

type Refused = { ok: false; problem: Problem; headers?: Record<string, string> };

const encodingOf = (request: Request) =>
  request.headers.get("content-encoding")?.trim().toLowerCase() || "identity";
const isGzip = (encoding: string) => encoding === "gzip" || encoding === "x-gzip";

/** The problem 415 when the body's type is not `accepted`, or its encoding cannot be read; null when both are fit. */
export function refuseMedia(request: Request, isFit: boolean, accepted: string): Refused | null {
  const encoding = encodingOf(request);
  if (encoding !== "identity" && !isGzip(encoding)) {
    return {
      ok: false,
      problem: problem("unsupported_media_type", "Send the body as it is, or with Content-Encoding: gzip."),
      headers: { "Accept-Encoding": "gzip, identity" },
    };
  }
  if (isFit) return null;
  return {
    ok: false,
    problem: problem("unsupported_media_type", `Send the body with Content-Type: ${accepted}.`),
    headers: { Accept: accepted },
  };
}

const unpack = promisify(gunzip);

/** The bytes that a gzip body unpacks to; null when there are more than `limit`. */
async function gunzipped(bytes: Uint8Array, limit: number): Promise<Uint8Array | null | Refused> {
  try {
    return await unpack(bytes, { maxOutputLength: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") return null;
    return { ok: false, problem: problem("invalid_request", "The body is not gzip.") };
  }
}

/** The body as JSON, of at most `limit` bytes; undefined for no body where it `mayBeEmpty`. */
export async function readJson(
  request: Request,
  limit: number,
  { mayBeEmpty = false }: { mayBeEmpty?: boolean } = {},
): Promise<{ ok: true; value: unknown } | Refused> {
  const sent = await readBytes(request, limit);
  const bytes = sent && isGzip(encodingOf(request)) ? await gunzipped(sent, limit) : sent;
  if (bytes === null) {
    return { ok: false, problem: problem("content_too_large", `At most ${limit} bytes.`, { limit }) };
  }
  if ("problem" in bytes) return bytes;
  if (mayBeEmpty && bytes.length === 0) return { ok: true, value: undefined };
  const parsed = parseJson(bytes);
  return parsed.ok ? parsed : { ok: false, problem: problem("invalid_request", parsed.message) };
}

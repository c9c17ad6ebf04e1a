import { readBytes } from "#app/read-bytes.ts";
import { parseJson } from "#lib/json.ts";
import { type Problem, problem } from "#lib/problem.ts";

/** An event is small; what it says for itself is bounded anyway. */
export const EVENT_MAX_BYTES = 64 * 1024;
export const BATCH_MAX_BYTES = 4 * 1024 * 1024;

type Refused = { ok: false; problem: Problem; headers?: Record<string, string> };

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

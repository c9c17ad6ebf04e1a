import { answerApplication, handlersBeside } from "#app/api/v1/application.ts";
import { EVENT_MAX_BYTES, readJson, refuseMedia } from "#app/api/v1/body.ts";
import { faultProblem } from "#app/api/v1/usage/events.ts";
import { problem } from "#lib/problem.ts";
import { reverseUsage } from "#lib/usage/reversals.ts";
import { readReversal } from "#lib/usage/rules/reversal.ts";
import { reversedJson } from "#lib/usage/rules/wire/answers.ts";
import { isJsonType } from "#lib/usage/rules/wire/inputs.ts";

/** The id in the path; undefined when its percent-encoding is broken. */
function idOf(request: Request): string | undefined {
  const [, encoded = ""] = /\/usage\/([^/]*)\/reverse$/.exec(new URL(request.url).pathname) ?? [];
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

/** Takes back one event of the application's own. */
export function POST(request: Request): Promise<Response> {
  return answerApplication(request, async (application) => {
    const id = idOf(request);
    if (id === undefined) return { problem: problem("not_found", "The id is not percent-encoded.") };
    const type = request.headers.get("content-type") ?? "";
    const unfit = refuseMedia(request, type === "" || isJsonType(type), "application/json");
    if (unfit) return unfit;
    const body = await readJson(request, EVENT_MAX_BYTES, { mayBeEmpty: true });
    if (!body.ok) return body;
    const reversal = readReversal(id, body.value);
    if (!reversal.ok) return { problem: faultProblem(reversal) };
    const result = await reverseUsage(reversal.value, application);
    if (!result.ok) {
      const { code, message, field } = result;
      return { problem: problem(code, message, field ? { field } : {}) };
    }
    return { status: result.value.status === "reversed" ? 201 : 200, json: reversedJson(result.value) };
  });
}

export const { GET, HEAD, PUT, PATCH, DELETE, OPTIONS } = handlersBeside("POST");

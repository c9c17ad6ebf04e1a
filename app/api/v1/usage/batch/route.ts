import { answerRecorder, handlersBeside } from "#app/api/v1/application.ts";
import { BATCH_MAX_BYTES, readJson, refuseMedia } from "#app/api/v1/body.ts";
import { answerEvents, faultProblem } from "#app/api/v1/usage/events.ts";
import { batchInput, isJsonType } from "#lib/usage/rules/wire/inputs.ts";
import { readBy, readUsage } from "#lib/usage/rules/wire/read.ts";

/** Records up to 1,000 events, each answered for itself. */
export function POST(request: Request): Promise<Response> {
  return answerRecorder(request, async (application) => {
    const isJson = isJsonType(request.headers.get("content-type") ?? "");
    const unfit = refuseMedia(request, isJson, "application/json");
    if (unfit) return unfit;
    const body = await readJson(request, BATCH_MAX_BYTES);
    if (!body.ok) return body;
    const batch = readBy(batchInput, body.value);
    if (!batch.ok) return { problem: faultProblem(batch) };
    return answerEvents(batch.value.events, { list: "events", readOne: readUsage }, application);
  });
}

export const { GET, HEAD, PUT, PATCH, DELETE, OPTIONS } = handlersBeside("POST");

import { answerRecorder, handlersBeside } from "#app/api/v1/application.ts";
import { EVENT_MAX_BYTES, readJson, refuseMedia } from "#app/api/v1/body.ts";
import { isJsonType } from "#lib/usage/rules/wire/inputs.ts";
import { readUsage } from "#lib/usage/rules/wire/read.ts";
import { answerEvent } from "./events.ts";

/** Records one event. */
export function POST(request: Request): Promise<Response> {
  return answerRecorder(request, async (application) => {
    const isJson = isJsonType(request.headers.get("content-type") ?? "");
    const unfit = refuseMedia(request, isJson, "application/json");
    if (unfit) return unfit;
    const body = await readJson(request, EVENT_MAX_BYTES);
    return body.ok ? answerEvent(readUsage(body.value), application) : body;
  });
}

export const { GET, HEAD, PUT, PATCH, DELETE, OPTIONS } = handlersBeside("POST");

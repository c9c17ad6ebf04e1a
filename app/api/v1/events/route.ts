import { answerApplication, handlersBeside } from "#app/api/v1/application.ts";
import { BATCH_MAX_BYTES, EVENT_MAX_BYTES, readJson, refuseMedia } from "#app/api/v1/body.ts";
import { answerEvent, answerEvents, faultProblem } from "#app/api/v1/usage/events.ts";
import { fromBinary, modeOf } from "#lib/usage/cloud-events.ts";
import { cloudEventsInput, readBy, readCloudEvent } from "#lib/usage/wire.ts";

const WANTED = "application/cloudevents+json, application/cloudevents-batch+json, application/json";

/** Records CloudEvents: one in structured or binary mode, or up to 1,000 batched. */
export function POST(request: Request): Promise<Response> {
  return answerApplication(request, async (application) => {
    const mode = modeOf(request.headers);
    const unfit = refuseMedia(request, mode !== null, WANTED);
    if (unfit) return unfit;
    const body = await readJson(request, mode === "batched" ? BATCH_MAX_BYTES : EVENT_MAX_BYTES);
    if (!body.ok) return body;
    if (mode === "batched") {
      const events = readBy(cloudEventsInput, body.value);
      if (!events.ok) return { problem: faultProblem(events) };
      return answerEvents(events.value, readCloudEvent, application);
    }
    const event = mode === "binary" ? fromBinary(request.headers, body.value) : body.value;
    return answerEvent(readCloudEvent(event), application);
  });
}

export const { GET, HEAD, PUT, PATCH, DELETE, OPTIONS } = handlersBeside("POST");

import { answerRecorder, handlersBeside } from "#app/api/v1/application.ts";
import { BATCH_MAX_BYTES, EVENT_MAX_BYTES, readJson, refuseMedia } from "#app/api/v1/body.ts";
import { answerEvent, answerEvents, faultProblem } from "#app/api/v1/usage/events.ts";
import { modeOf, readBinary } from "#lib/usage/rules/cloud-events.ts";
import { cloudEventsInput } from "#lib/usage/rules/wire/inputs.ts";
import { readBy, readCloudEvent } from "#lib/usage/rules/wire/read.ts";

const WANTED = "application/cloudevents+json, application/cloudevents-batch+json, application/json";

/** Records CloudEvents: one in structured or binary mode, or up to 1,000 batched. */
export function POST(request: Request): Promise<Response> {
  return answerRecorder(request, async (application) => {
    const mode = modeOf(request.headers);
    const unfit = refuseMedia(request, mode !== null, WANTED);
    if (unfit) return unfit;
    const isOne = mode === "binary" || mode === "structured";
    const body = await readJson(request, isOne ? EVENT_MAX_BYTES : BATCH_MAX_BYTES);
    if (!body.ok) return body;
    if (mode === "batched" || (mode === "json" && Array.isArray(body.value))) {
      const events = readBy(cloudEventsInput, body.value);
      if (!events.ok) return { problem: faultProblem(events) };
      return answerEvents(events.value, { list: "", readOne: readCloudEvent }, application);
    }
    const event = mode === "binary" ? readBinary(request.headers, body.value) : readCloudEvent(body.value);
    return answerEvent(event, application);
  });
}

export const { GET, HEAD, PUT, PATCH, DELETE } = handlersBeside("POST");

/**
 * Tells what is allowed here. A sender that asks whether it may deliver (HTTP 1.1 Web Hooks for Event Delivery, section
 * 4, which Azure Event Grid asks first) is told that it may, at any rate: each delivery still needs an API key.
 */
export function OPTIONS(request: Request): Response {
  const answer = handlersBeside("POST").OPTIONS();
  const origin = request.headers.get("webhook-request-origin");
  if (origin === null) return answer;
  const headers = new Headers(answer.headers);
  headers.set("WebHook-Allowed-Origin", origin);
  headers.set("WebHook-Allowed-Rate", "*");
  return new Response(null, { status: 200, headers });
}

import type { IncomingMessage, ServerResponse } from "node:http";
import { ReadableStream as WebStream } from "node:stream/web";
import { POST as recordEvents } from "#app/api/v1/events/route.ts";
import { POST as recordBatch } from "#app/api/v1/usage/batch/route.ts";
import { POST as recordUsage } from "#app/api/v1/usage/route.ts";
import { errorFields, log } from "#lib/log.ts";
import { problem, problemResponse } from "#lib/problem.ts";

/** A handler of the Web's Request and Response, such as a route of Next's. */
export type Handler = (request: Request) => Promise<Response>;

/** The addresses to which gateways POST thousands of usage events. */
const USAGE_ROUTES: ReadonlyMap<string, Handler> = new Map([
  ["/api/v1/usage", recordUsage],
  ["/api/v1/usage/batch", recordBatch],
  ["/api/v1/events", recordEvents],
]);

/** A connection ends after the answer where more of a refused body was announced. */
const DISCARD_MAX_BYTES = 64 * 1024 * 1024;
/** Bodies up to this size are read before the handler runs, which is twice as fast as handing it a stream. */
const READ_FIRST_MAX_BYTES = 64 * 1024;

/** The pieces of a body. @throws AbortError if the client disconnects before the end */
async function* piecesOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* request;
  } catch {
    throw new DOMException("The client disconnected before the end of its request.", "AbortError");
  }
}

async function bodyOf(request: IncomingMessage): Promise<BodyInit> {
  const length = Number(request.headers["content-length"] ?? Number.NaN);
  if (!(length <= READ_FIRST_MAX_BYTES)) {
    // Reads nothing before the handler does. Node discards a body that nobody has begun to read, so that the connection
    // can be used again. One that was begun and is left stops the connection.
    return WebStream.from(piecesOf(request)) as ReadableStream;
  }
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}

function headersOf(request: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    for (const one of [value ?? []].flat()) headers.append(name, one);
  }
  return headers;
}

/**
 * Answers a POST to one of `routes` with its handler, without Next, whose own part in such a request takes longer than
 * ours. Every other request is left to Next, which calls the same handlers.
 *
 * @returns whether this request is answered here
 */
export function answerUsage(
  request: IncomingMessage,
  response: ServerResponse,
  routes: ReadonlyMap<string, Handler> = USAGE_ROUTES,
): boolean {
  const handler = request.method === "POST" ? routes.get(request.url ?? "") : undefined;
  if (handler) void answer(handler, request, response);
  return handler !== undefined;
}

async function answer(handler: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body: BodyInit;
  try {
    body = await bodyOf(request);
  } catch {
    // The client disconnected before the end of its request, so there is nobody to answer.
    response.destroy();
    return;
  }
  let answered: Response;
  try {
    const init = { method: "POST", headers: headersOf(request), body, duplex: "half" };
    answered = await handler(new Request(`http://localhost${request.url}`, init));
  } catch (error) {
    log.error("the usage API failed", errorFields(error));
    answered = problemResponse(problem("internal_error", "The portal's log has the reason."));
  }
  if (request.destroyed && !request.complete) {
    response.destroy();
    return;
  }
  for (const [name, value] of answered.headers) response.setHeader(name, value);
  // Node would discard as much as the client announces.
  if (!request.complete && Number(request.headers["content-length"] ?? 0) > DISCARD_MAX_BYTES) {
    response.setHeader("Connection", "close");
  }
  response.statusCode = answered.status;
  response.end(await answered.text());
}

import { subscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import path from "node:path";
import { errorFields, log } from "#lib/log.ts";
import { problem, problemResponse } from "#lib/problem.ts";

export type Handler = (request: Request) => Promise<Response>;

/** Bodies up to this size are taken here; Next takes the others. */
const MOST_BYTES = 64 * 1024;

/** The headers that next.config.mjs gives every answer, as the build has written them down. */
function builtHeaders(): [name: string, value: string][] {
  const file = path.join(/* turbopackIgnore: true */ process.cwd(), ".next", "routes-manifest.json");
  const { headers } = JSON.parse(readFileSync(file, "utf8")) as {
    headers: { headers: { key: string; value: string }[] }[];
  };
  return headers.flatMap((rule) => rule.headers.map(({ key, value }): [string, string] => [key, value]));
}

/** The handler of exactly this address, for a body that says how long it is, and is small. */
function handlerFor(handlers: ReadonlyMap<string, Handler>, { method, url, headers }: IncomingMessage) {
  const length = headers["content-length"];
  return method === "POST" &&
    length !== undefined &&
    Number(length) <= MOST_BYTES &&
    !headers["transfer-encoding"]
    ? handlers.get(url ?? "")
    : undefined;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function answer(
  handler: Handler,
  request: IncomingMessage,
  response: ServerResponse,
  given: readonly [string, string][],
): Promise<void> {
  let body: Buffer<ArrayBufferLike>;
  try {
    body = await bodyOf(request);
  } catch {
    // Who has gone away before the end of his question needs no answer.
    response.destroy();
    return;
  }
  let answered: Response;
  try {
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      for (const one of [value ?? []].flat()) headers.append(name, one);
    }
    answered = await handler(
      new Request(`http://localhost${request.url}`, { method: "POST", headers, body: new Uint8Array(body) }),
    );
  } catch (error) {
    log.error("the usage API failed", errorFields(error));
    answered = problemResponse(problem("internal_error", "The portal's own log says why."));
  }
  for (const [name, value] of given) response.setHeader(name, value);
  for (const [name, value] of answered.headers) response.setHeader(name, value);
  response.statusCode = answered.status;
  response.end(await answered.text());
}

const AHEAD = Symbol.for("bursar.ahead");

/**
 * Answers POSTs to a few addresses before Next sees them, by the same handlers that Next would call: Next's own part in
 * a request of the usage API is more than the API's. Whatever is unusual about a request is left to Next.
 */
export function serveAhead(handlers: Readonly<Record<string, Handler>>, given = builtHeaders()): void {
  const once = globalThis as { [AHEAD]?: true };
  if (once[AHEAD]) return;
  once[AHEAD] = true;
  const byPath = new Map(Object.entries(handlers));
  const taken = new WeakSet<Server>();
  // Told of before the server's listeners are; only then is the server known.
  subscribe("http.server.request.start", (message) => {
    const { server } = message as { server: Server };
    if (taken.has(server)) return;
    taken.add(server);
    const next = server.listeners("request");
    server.removeAllListeners("request");
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      const handler = handlerFor(byPath, request);
      if (handler) void answer(handler, request, response, given);
      else for (const listener of next) listener.call(server, request, response);
    });
  });
}

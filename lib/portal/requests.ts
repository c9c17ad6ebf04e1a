import { randomUUID } from "node:crypto";
import { channel, subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { log } from "#lib/log.ts";
import { enterRequest, type RequestContext } from "#lib/request-context.ts";
import { builtRoutes, routeMatcher } from "./routes.ts";

/** What is told on the channel `bursar.request` when a request has ended. */
export type RequestEnd = {
  method: string;
  route: string;
  status: number;
  durationMs: number;
  /** The client went away before the answer was whole. */
  aborted: boolean;
};

const ENDED = channel("bursar.request");

type Serving = { server: Server | null; responses: Set<ServerResponse>; stopping: boolean };

// On globalThis, for Next may load a module twice.
const SERVING = Symbol.for("bursar.serving");
const holder = globalThis as { [SERVING]?: Serving };
holder[SERVING] ??= { server: null, responses: new Set(), stopping: false };

/** Requests being answered, and the server they came to, for whoever stops it. */
export const serving = holder[SERVING];

/** The caller's own name for the request where it can be one, or a new one. */
export function requestIdFor(given: string | string[] | undefined): string {
  return typeof given === "string" && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomUUID();
}

/** The path for the log, without what may be secret: the query, and tokens that stand in the path itself. */
export function loggedPath(target: string): string {
  const [pathname = ""] = target.split(/[?#]/, 1);
  let plain = pathname;
  try {
    plain = decodeURIComponent(pathname);
  } catch {
    // What Next cannot decode either leads nowhere.
  }
  return plain.replace(/(\/invite\/+).*/i, "$1…").slice(0, 300);
}

/** Probes and parts of pages come by the thousand and say little. */
function isNoise(route: string): boolean {
  return route === "/_next" || route === "/metrics" || route.startsWith("/api/health/");
}

const WATCHED = Symbol.for("bursar.requests");

/** Gives every request its id, answers with it, and says in the log and on `bursar.request` how it ended. */
export function watchRequests(routes = builtRoutes()): void {
  const once = globalThis as { [WATCHED]?: true };
  if (once[WATCHED]) return;
  once[WATCHED] = true;
  const routeOf = routeMatcher(routes);
  subscribe("http.server.request.start", (message) => {
    const { request, response, server } = message as {
      request: IncomingMessage;
      response: ServerResponse;
      server: Server;
    };
    const began = performance.now();
    const context: RequestContext = { id: requestIdFor(request.headers["x-request-id"]) };
    // Pages and actions read it there.
    request.headers["x-request-id"] = context.id;
    response.setHeader("X-Request-Id", context.id);
    enterRequest(context);
    serving.server = server;
    serving.responses.add(response);
    if (serving.stopping) response.shouldKeepAlive = false;

    const target = request.url ?? "/";
    const method = request.method ?? "";
    const address = request.headers["x-forwarded-for"];
    response.once("close", () => {
      serving.responses.delete(response);
      const pathname = target.split(/[?#]/, 1)[0] ?? "/";
      const end: RequestEnd = {
        method,
        route: routeOf(pathname),
        status: response.statusCode,
        durationMs: performance.now() - began,
        aborted: !response.writableFinished,
      };
      ENDED.publish(end);
      log[end.status >= 500 ? "error" : isNoise(end.route) ? "debug" : "info"]("request", {
        requestId: context.id,
        userId: context.portalUserId,
        apiKeyId: context.apiKeyId,
        method,
        path: loggedPath(target),
        route: end.route,
        status: end.status,
        durationMs: Math.round(end.durationMs * 10) / 10,
        ...(end.aborted && { aborted: true }),
        address: String(address ?? ""),
      });
    });
  });
}

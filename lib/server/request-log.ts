import { randomUUID } from "node:crypto";
import { channel } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { log } from "#lib/log.ts";
import { processWide } from "#lib/process-wide.ts";
import { type RequestContext, USER_AGENT_MAX_CHARACTERS } from "#lib/request-context.ts";
import type { ReplaceableResponse } from "./messages.ts";
import type { RouteMatcher } from "./routes.ts";

/** Published on the channel `bursar.request` when a request has ended. */
export type RequestEnd = {
  method: string;
  route: string;
  status: number;
  durationMs: number;
  /** The client went away before the answer was complete. */
  aborted: boolean;
};

const ENDED = channel("bursar.request");

/** What a shutdown does with the server. */
type Closable = {
  close: () => unknown;
  closeIdleConnections: () => void;
  closeAllConnections: () => void;
};
type Serving = { server: Closable | null; responses: Set<ServerResponse>; stopping: boolean };

/** The HTTP server and the requests that it is answering, which a shutdown waits for. */
export const serving = processWide<Serving>("lib/server/request-log", () => ({
  server: null,
  responses: new Set(),
  stopping: false,
}));

/** The caller's own request id if it is a valid one, or a new one. */
export function requestIdFor(header: string | string[] | undefined): string {
  return typeof header === "string" && /^[A-Za-z0-9._-]{1,64}$/.test(header) ? header : randomUUID();
}

/** Longer paths are cut in the log, in characters. */
const LOGGED_PATH_MAX_LENGTH = 300;

/** The path for the log, without what may be secret: the query, and the token of an invitation. */
export function loggedPath(target: string): string {
  const end = target.search(/[?#]/);
  const pathname = end < 0 ? target : target.slice(0, end);
  let path = pathname;
  try {
    path = decodeURIComponent(pathname);
  } catch {
    // A path that cannot be decoded matches no route, and is logged unchanged.
  }
  return path.slice(0, LOGGED_PATH_MAX_LENGTH).replace(/(\/invite\/+).*/i, "$1…");
}

/** Health checks, metrics and static files come by the thousand, so they are logged at level debug. */
function isFrequent(route: string): boolean {
  return route === "/_next" || route === "/metrics" || route.startsWith("/api/health/");
}

/**
 * Gives a request its id, sends it in the answer, and reports the end of the request in the log and on the channel
 * `bursar.request`.
 */
export function beginRequest(
  request: IncomingMessage,
  response: ReplaceableResponse,
  routeOf: RouteMatcher,
): RequestContext {
  const began = performance.now();
  const userAgent = request.headers["user-agent"]?.slice(0, USER_AGENT_MAX_CHARACTERS);
  const context: RequestContext = {
    id: requestIdFor(request.headers["x-request-id"]),
    ...(userAgent && { userAgent }),
  };
  // Pages and actions read it there.
  request.headers["x-request-id"] = context.id;
  response.setHeader("X-Request-Id", context.id);
  serving.responses.add(response);
  if (serving.stopping) response.shouldKeepAlive = false;

  const target = request.url ?? "/";
  const method = request.method ?? "";
  const address = request.headers["x-forwarded-for"];
  response.once("close", () => {
    serving.responses.delete(response);
    const [pathname = "/"] = target.split(/[?#]/, 1);
    const end: RequestEnd = {
      method,
      route: routeOf(pathname),
      status: response.sentStatus,
      durationMs: performance.now() - began,
      aborted: !response.writableFinished,
    };
    ENDED.publish(end);
    log[end.status >= 500 ? "error" : isFrequent(end.route) ? "debug" : "info"]("request", {
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
  return context;
}

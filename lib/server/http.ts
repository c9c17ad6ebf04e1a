import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { UNREADABLE_FORM } from "#lib/form-state.ts";
import { errorFields, log } from "#lib/log.ts";
import { problem, problemResponse } from "#lib/problem.ts";
import { type RequestContext, runInRequest } from "#lib/request-context.ts";
import { isSameOrigin, SENT_FROM_ELSEWHERE } from "#lib/same-origin.ts";
import { answerUsage } from "./api-routes.ts";
import { answerBrokenRequests } from "./broken-requests.ts";
import { FORM_MAX_BYTES, isReadableForm } from "./form-body.ts";
import { HeldRequest, ReplaceableResponse } from "./messages.ts";
import { beginRequest, serving } from "./request-log.ts";
import { builtRoutes, routeMatcher } from "./routes.ts";
import { setSecurityHeaders } from "./security-headers.ts";
import { sendFile, staticFiles } from "./static-files.ts";
import { trustHeaders } from "./trusted-headers.ts";

/** What Next does with a request. */
export type NextHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
/** What Next's development server does with a WebSocket, over which it reloads pages. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Idle connections stay open for longer than proxies keep theirs (nginx and AWS: 60 s), so that proxies close first. */
const KEEP_ALIVE_MS = 75_000;
/** How long the header lines of a request may take to arrive. */
const HEADERS_MS = 15_000;
/** How long a whole request may take to arrive: an upload of 31 MB over a slow line. */
const REQUEST_MS = 300_000;
/** How long a form may take to arrive. */
const FORM_MS = 30_000;
/** How long a connection may be silent in the middle of a request or an answer. */
const SILENT_MS = 120_000;
const CONNECTIONS_MAX = 4_000;

/** Only a limited number of forms above this size are held in memory at once. */
const LARGE_FORM_BYTES = 64 * 1024;
const LARGE_FORMS_MAX = 32;
/**
 * How much more of a refused body is read and discarded. Most clients read the answer only after they have sent
 * everything.
 */
const DISCARD_MAX_BYTES = 8 * 1024 * 1024;

const CHANGES_NOTHING = ["GET", "HEAD", "OPTIONS"];
/** The methods that Next knows. It answers some of the others with an error of 500, and some with an empty 400. */
const METHODS = [...CHANGES_NOTHING, "POST", "PUT", "PATCH", "DELETE"];
/** The methods that some page or route takes. */
const ALLOW = "GET, HEAD, POST, OPTIONS";
/** A path that no page has. */
const NO_PAGE = "/an-address-with-a-broken-escape";
/** Uploads of files to import; their handlers bound them and check who sends them. */
const UPLOAD = /^\/[a-z-]{1,40}\/import\/upload$/;

type Options = { next: NextHandler; upgrade?: UpgradeHandler; development?: boolean };

/** The portal's HTTP server. What a request passes is listed in `pass` below, in order. */
export function createPortalServer({ next, upgrade, development = false }: Options) {
  const routeOf = routeMatcher(builtRoutes());
  const staticFile = development ? () => null : staticFiles();
  let largeForms = 0;

  function start(request: HeldRequest, response: ReplaceableResponse): void {
    trustHeaders(request);
    const context = beginRequest(request, response, routeOf);
    runInRequest(context, () => {
      pass(request, response, context).catch((error) => {
        log.error("request failed", errorFields(error));
        if (response.headersSent) response.destroy();
        else refuse(response, 500, "The portal's log has the reason.");
      });
    });
  }

  async function pass(
    request: HeldRequest,
    response: ReplaceableResponse,
    context: RequestContext,
  ): Promise<void> {
    setSecurityHeaders(request, response, { development });
    if (refuseUnusable(request, response)) return;
    const file = staticFile(request);
    if (file && (await sendFile(file, response))) return;
    if (answerUsage(request, response)) return;
    if (refuseForeign(request, response)) return;
    if (takesForm(request) && !(await holdForm(request, response, context))) return;
    await next(request, response);
  }

  /** Reads a form's body within its bounds, and hands it on. @returns false when it was refused. */
  async function holdForm(
    request: HeldRequest,
    response: ReplaceableResponse,
    context: RequestContext,
  ): Promise<boolean> {
    const announced = Number(request.headers["content-length"] ?? Number.POSITIVE_INFINITY);
    const isLarge = announced > LARGE_FORM_BYTES;
    if (Number.isFinite(announced) && announced > FORM_MAX_BYTES) {
      refuseBody(request, response, 413, `A form may have ${FORM_MAX_BYTES} bytes at most.`);
      return false;
    }
    if (isLarge && largeForms >= LARGE_FORMS_MAX) {
      response.setHeader("Retry-After", "5");
      refuseBody(request, response, 503, "Too many large forms are being sent. Try again in a moment.");
      return false;
    }
    if (isLarge) {
      largeForms += 1;
      response.once("close", () => {
        largeForms -= 1;
      });
    }
    const body = await request.hold(FORM_MAX_BYTES, FORM_MS);
    if (typeof body === "string") {
      if (body === "too large") {
        refuseBody(request, response, 413, `A form may have ${FORM_MAX_BYTES} bytes at most.`);
      } else if (body === "too slow") {
        refuseBody(request, response, 408, "This form took too long to arrive.");
      }
      return false;
    }
    if (!isReadableForm(body, request.headers["content-type"] ?? "")) {
      refuse(response, 400, UNREADABLE_FORM);
      return false;
    }
    // Next answers with an error of 500 when React cannot decode a form. No action of ours has begun then.
    if (request.method === "POST") {
      response.replaceErrorBy(() => (context.actionBegan ? null : { status: 400, text: UNREADABLE_FORM }));
    }
    request.release(body);
    return true;
  }

  const server = createServer(
    {
      IncomingMessage: HeldRequest,
      ServerResponse: ReplaceableResponse,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 5_000,
    },
    start,
  );
  server.timeout = SILENT_MS;
  server.maxConnections = CONNECTIONS_MAX;
  // Without this listener Node treats a request that asks for an upgrade as any other, and `refuseUnusable` answers it.
  if (upgrade) server.on("upgrade", upgrade);
  answerBrokenRequests(server);
  serving.server = server;
  return server;
}

/** Answers with a line of text, and ends there. */
function refuse(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.setHeader("Cache-Control", "no-store");
  response.end(text);
}

/** Answers at once, before the body has arrived; the connection ends when the client has sent all, or enough. */
function refuseBody(request: HeldRequest, response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Length": Buffer.byteLength(text),
    Connection: "close",
  });
  response.write(text);
  request.discard(DISCARD_MAX_BYTES);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, 5_000);
  timer.unref();
  request.resume();
  request.once("end", end);
  request.once("close", end);
}

/** Refuses what no part of the portal can answer, or leads it to {@link NO_PAGE}. @returns whether it refused. */
function refuseUnusable(request: IncomingMessage, response: ServerResponse): boolean {
  const target = request.url ?? "/";
  if (request.headers.upgrade?.toLowerCase() === "websocket") {
    response.setHeader("Connection", "close");
    refuse(response, 400, "There is no WebSocket here.");
    return true;
  }
  if (!METHODS.includes(request.method ?? "")) {
    response.setHeader("Allow", ALLOW);
    const text = `Allowed here: ${ALLOW}.`;
    if (isUsageApi(target)) sendProblem(response, "method_not_allowed", text);
    else refuse(response, 405, text);
    return true;
  }
  if (target === "*") {
    if (request.method === "OPTIONS") response.writeHead(204, { Allow: ALLOW }).end();
    else refuse(response, 400, "This address has no path.");
    return true;
  }
  const query = target.indexOf("?");
  const pathname = query < 0 ? target : target.slice(0, query);
  // No text that anyone looks for holds the character NUL, and SQLite's functions stop at it.
  if (query >= 0) request.url = pathname + target.slice(query).replaceAll("%00", "");
  if (!isPath(pathname)) {
    const text = pathname.includes("\\")
      ? "This address has a backslash."
      : "This address has a broken escape.";
    if (isUsageApi(pathname)) sendProblem(response, "invalid_request", text);
    else if (CHANGES_NOTHING.includes(request.method ?? "")) {
      // Next would answer with a line of its own. This leads to our page for what is not there.
      request.url = NO_PAGE;
      return false;
    } else refuse(response, 400, text);
    return true;
  }
  return false;
}

/** Whether a target is one of the usage API, which answers everything under `/api/v1` itself, as problems. */
const isUsageApi = (target: string) => /^\/api\/v1(?:[/?]|$)/.test(target);

/**
 * Whether a path can be one of a page. A backslash is no character of a URL: Next takes it for a slash, and a proxy that
 * keeps a path from strangers does not.
 */
function isPath(pathname: string): boolean {
  if (pathname.includes("\\")) return false;
  if (!pathname.includes("%")) return true;
  try {
    return !decodeURIComponent(pathname).includes("\0");
  } catch {
    return false;
  }
}

function sendProblem(
  response: ServerResponse,
  code: "invalid_request" | "method_not_allowed",
  text: string,
): void {
  const answer = problemResponse(problem(code, text));
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  response.statusCode = answer.status;
  answer.text().then((body) => response.end(body));
}

/**
 * Refuses a request that changes something and does not come from one of our pages. Every action and handler checks
 * this again. Programs call the usage API with keys and without cookies, so it is open to all origins.
 */
function refuseForeign(request: IncomingMessage, response: ServerResponse): boolean {
  if (CHANGES_NOTHING.includes(request.method ?? "") || isUsageApi(request.url ?? "")) return false;
  const headers = new Headers();
  for (const name of ["origin", "sec-fetch-site", "host", "x-forwarded-host", "x-forwarded-proto"]) {
    const value = request.headers[name];
    if (typeof value === "string") headers.set(name, value);
  }
  if (isSameOrigin(headers)) return false;
  refuse(response, 403, SENT_FROM_ELSEWHERE);
  return true;
}

/**
 * Whether a request carries a body that is read as a form: every body except those of the usage API and of uploads. A POST
 * without a byte is a form too, because Next looks for parts or arguments in it.
 */
function takesForm({ headers, method, url = "" }: IncomingMessage): boolean {
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  const [pathname = ""] = url.split("?", 1);
  return (hasBody || method === "POST") && !isUsageApi(pathname) && !UPLOAD.test(pathname);
}

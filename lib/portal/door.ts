import { randomBytes } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isIP } from "node:net";
import { appUrl, trustedProxies } from "#lib/environment.ts";
import { contentSecurityPolicy, NO_PAGE_POLICY } from "./content-security-policy.ts";

/** The entry that the proxy nearest to the client wrote: counted from the end, for what stands before it is anyone's word. */
function forwarded(value: string | string[] | undefined, proxies: number): string | undefined {
  const entries = [value ?? []].flat().join(",").split(",");
  return entries.at(-Math.min(proxies, entries.length))?.trim() || undefined;
}

/**
 * Makes a request's headers say only what is so, before anything reads them: who asked and at which address of ours.
 * Next fills X-Forwarded-* in only where the client has not, and believes the client otherwise.
 */
export function settleHeaders(request: Pick<IncomingMessage, "headers" | "socket" | "url">): void {
  const { headers, socket } = request;
  // A target that names a host, or begins like one that does, is a path of ours: Next would redirect to that host.
  if (request.url)
    request.url = request.url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "").replace(/^(?!\*$)[/\\]*/, "/");
  const proxies = trustedProxies();
  const app = appUrl();
  const claimed = proxies > 0 ? forwarded(headers["x-forwarded-for"], proxies) : undefined;
  const address = claimed && isIP(claimed) ? claimed : socket.remoteAddress;
  const claimedProtocol = proxies > 0 ? forwarded(headers["x-forwarded-proto"], proxies) : undefined;
  const protocol = app?.protocol.slice(0, -1) ?? (claimedProtocol === "https" ? "https" : "http");
  const host = app?.host ?? headers.host;
  for (const name of Object.keys(headers)) {
    // The nonce of a page and Next's own words between its parts are not the client's to choose.
    if (/^(x-forwarded-|x-middleware-|forwarded$|x-real-ip$|content-security-policy)/.test(name)) {
      delete headers[name];
    }
  }
  // An IPv4 address as a socket for both kinds writes it.
  headers["x-forwarded-for"] = (address ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
  headers["x-forwarded-proto"] = protocol;
  if (host) headers["x-forwarded-host"] = host;
}

/** The client's address, as {@link settleHeaders} has written it. */
export function clientAddress(headers: Headers): string | null {
  return headers.get("x-forwarded-for")?.slice(0, 45) || null;
}

/**
 * Gives a page's answer its content security policy with a nonce of its own, and tells Next, which reads the nonce for
 * its scripts from the request. In front of Next, for its `proxy.ts` costs every request as much as an empty page.
 */
export function givePolicy(
  request: Pick<IncomingMessage, "headers" | "url">,
  response: Pick<ServerResponse, "setHeader">,
): void {
  if (/^\/(?:api|_next)\//.test(request.url ?? "")) {
    response.setHeader("Content-Security-Policy", NO_PAGE_POLICY);
    return;
  }
  const policy = contentSecurityPolicy(randomBytes(16).toString("base64"), {
    development: process.env.NODE_ENV === "development",
  });
  request.headers["content-security-policy"] = policy;
  response.setHeader("Content-Security-Policy", policy);
}

const GUARDED = Symbol.for("bursar.door");

/** Runs every request of this process's HTTP server through the functions above, ahead of Next. */
export function guardRequests(): void {
  const holder = globalThis as { [GUARDED]?: true };
  if (holder[GUARDED]) return;
  holder[GUARDED] = true;
  const behindTls = appUrl()?.protocol === "https:";
  subscribe("http.server.request.start", (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    settleHeaders(request);
    givePolicy(request, response);
    if (behindTls) response.setHeader("Strict-Transport-Security", "max-age=31536000");
  });
}

import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { config } from "#lib/config.ts";
import { isRouterState, ROUTER_STATE } from "./router-state.ts";

/** The longest X-Forwarded-* header that is read, in characters. */
const FORWARDED_MAX_LENGTH = 4_096;

/** The entry that the outermost trusted proxy wrote. Counted from the end, because clients can forge earlier entries. */
function forwarded(value: string | string[] | undefined, proxies: number): string | undefined {
  const entries = [value ?? []].flat().join(",").slice(-FORWARDED_MAX_LENGTH).split(",");
  return entries.at(-Math.min(proxies, entries.length))?.trim() || undefined;
}

/** The address in an entry such as "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]" or "[2001:db8::1]:4711". */
function addressOf(entry: string | undefined): string | null {
  if (entry === undefined || entry.length > 60) return null;
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(entry)?.[1];
  const withPort = /^([\d.]+):\d{1,5}$/.exec(entry)?.[1];
  const address = bracketed ?? withPort ?? entry;
  return isIP(address) ? address : null;
}

/** The path of a target that may name a scheme and a host: Next would redirect to that host. */
function pathOf(target: string): string {
  let start = 0;
  const scheme = target.slice(0, 20).indexOf("://");
  if (scheme > 0 && /^[a-z][a-z0-9+.-]*$/i.test(target.slice(0, scheme))) {
    start = scheme + 3;
    while (start < target.length && !"/?#".includes(target[start] ?? "")) start += 1;
  } else if (target === "*") return target;
  while (target[start] === "/") start += 1;
  return `/${target.slice(start)}`;
}

/**
 * Makes a request's headers true before anything reads them: the client's address in X-Forwarded-For, our own address
 * in X-Forwarded-Host and X-Forwarded-Proto. Next fills these in only where the client has not, and believes the client
 * otherwise.
 */
export function trustHeaders(request: Pick<IncomingMessage, "headers" | "socket" | "url">): void {
  const { headers, socket } = request;
  if (request.url) request.url = pathOf(request.url);
  const { trustedProxies: proxies, appUrl: app } = config();
  const claimed = proxies > 0 ? addressOf(forwarded(headers["x-forwarded-for"], proxies)) : null;
  const address = claimed ?? socket.remoteAddress ?? "";
  const claimedProtocol = proxies > 0 ? forwarded(headers["x-forwarded-proto"], proxies) : undefined;
  const protocol = app?.protocol.slice(0, -1) ?? (claimedProtocol === "https" ? "https" : "http");
  const host = app?.host ?? headers.host;
  for (const name of Object.keys(headers)) {
    // The nonce of a page and the headers that Next sends itself between its parts are not the client's to choose.
    if (/^(x-forwarded-|x-middleware-|forwarded$|x-real-ip$|content-security-policy)/.test(name)) {
      delete headers[name];
    }
  }
  if (!isRouterState(headers[ROUTER_STATE])) delete headers[ROUTER_STATE];
  // A socket for both IPv4 and IPv6 writes an IPv4 address as ::ffff:192.0.2.1.
  headers["x-forwarded-for"] = address.replace(/^::ffff:(?=\d+\.)/i, "");
  headers["x-forwarded-proto"] = protocol;
  if (host) headers["x-forwarded-host"] = host;
}

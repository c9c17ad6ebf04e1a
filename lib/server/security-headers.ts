import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isBehindTls } from "#lib/config.ts";
import { contentSecurityPolicy, NO_PAGE_POLICY } from "./content-security-policy.ts";

/** What every answer carries. */
const HEADERS = [
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
  // Without a same-origin referrer, browsers blank the Origin of a form sent without JavaScript.
  ["Referrer-Policy", "same-origin"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  [
    "Permissions-Policy",
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=(), display-capture=(), browsing-topics=()",
  ],
] as const;

/**
 * Sets the headers that protect an answer. A page gets a content security policy with a nonce of its own; Next reads
 * the nonce for its scripts from the request's headers, so it is written there too.
 *
 * @param development allows what Next's development server needs
 */
export function setSecurityHeaders(
  request: Pick<IncomingMessage, "headers" | "url">,
  response: Pick<ServerResponse, "setHeader">,
  { development = false } = {},
): void {
  for (const [name, value] of HEADERS) response.setHeader(name, value);
  if (isBehindTls()) response.setHeader("Strict-Transport-Security", "max-age=31536000");
  const target = request.url ?? "";
  if (target.startsWith("/api/") || target.startsWith("/_next/")) {
    response.setHeader("Content-Security-Policy", NO_PAGE_POLICY);
    return;
  }
  const policy = contentSecurityPolicy(randomBytes(16).toString("base64"), { development });
  request.headers["content-security-policy"] = policy;
  response.setHeader("Content-Security-Policy", policy);
}

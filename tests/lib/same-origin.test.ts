import { expect, test } from "vitest";
import { cameFromOurPage, isSameOrigin } from "#lib/same-origin.ts";

/** What the server's first step has written: the portal is at portal.example.edu, by this scheme. */
const at = (scheme: "http" | "https", headers: Record<string, string>) =>
  new Headers({
    host: "portal.example.edu",
    "x-forwarded-host": "portal.example.edu",
    "x-forwarded-proto": scheme,
    ...headers,
  });

test.each([
  ["https", "https://portal.example.edu", true],
  // Anybody on the network can answer for http.
  ["https", "http://portal.example.edu", false],
  ["http", "http://portal.example.edu", true],
  // The exception: a proxy that speaks TLS and does not tell its scheme.
  ["http", "https://portal.example.edu", true],
  ["https", "https://portal.example.edu:8443", false],
  ["https", "https://portal.example.edu.evil.example", false],
  ["https", "https://evil.example", false],
  ["https", "null", false],
  ["https", "https://portal.example.edu@evil.example", false],
] as const)("a portal on %s: a form of %s is ours: %s", (scheme, origin, ours) => {
  expect(isSameOrigin(at(scheme, { origin }))).toBe(ours);
  expect(isSameOrigin(at(scheme, { origin, "sec-fetch-site": "same-origin" }))).toBe(ours);
  expect(isSameOrigin(at(scheme, { origin, "sec-fetch-site": "cross-site" }))).toBe(false);
  expect(cameFromOurPage(at(scheme, { referer: `${origin}/organizations` }))).toBe(ours);
});

test("what browsers say of themselves decides where they send no origin", () => {
  expect(isSameOrigin(at("https", { "sec-fetch-site": "same-origin" }))).toBe(true);
  expect(isSameOrigin(at("https", { "sec-fetch-site": "none" }))).toBe(false);
  expect(isSameOrigin(at("https", {}))).toBe(false);
  expect(isSameOrigin(at("https", { origin: `https://portal.example.edu/${"a".repeat(3_000)}` }))).toBe(
    false,
  );
});

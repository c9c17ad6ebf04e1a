import type { IncomingHttpHeaders } from "node:http";
import { Socket } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadConfig } from "#lib/config.ts";
import { trustHeaders } from "#lib/server/trusted-headers.ts";

const NAMES = ["APP_URL", "TRUST_PROXY"];
let before: (string | undefined)[];
beforeEach(() => {
  before = NAMES.map((name) => process.env[name]);
  for (const name of NAMES) delete process.env[name];
});
afterEach(() => {
  NAMES.forEach((name, index) => {
    if (before[index] === undefined) delete process.env[name];
    else process.env[name] = before[index];
  });
  loadConfig();
});

function settled(headers: IncomingHttpHeaders, remoteAddress = "192.0.2.1"): IncomingHttpHeaders {
  const socket = Object.defineProperty(new Socket(), "remoteAddress", { value: remoteAddress });
  const request = { headers: { host: "portal.test:3000", ...headers }, socket };
  loadConfig();
  trustHeaders(request);
  return request.headers;
}

const FORGED = {
  "x-forwarded-for": "6.6.6.6, 7.7.7.7",
  "x-forwarded-host": "evil.example",
  "x-forwarded-proto": "https",
  "x-forwarded-port": "1",
  "x-real-ip": "6.6.6.6",
  forwarded: "for=6.6.6.6;host=evil.example",
  "x-middleware-subrequest": "proxy:proxy:proxy:proxy:proxy",
  "content-security-policy": "script-src 'nonce-evil'",
};

it("ignores the forwarding headers of a client", () => {
  expect(settled(FORGED)).toEqual({
    host: "portal.test:3000",
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-host": "portal.test:3000",
    "x-forwarded-proto": "http",
  });
  expect(settled({}, "::ffff:192.0.2.9")["x-forwarded-for"]).toBe("192.0.2.9");
  expect(settled({}, "2001:db8::1")["x-forwarded-for"]).toBe("2001:db8::1");
});

it.each([
  ["/settings?q=1", "/settings?q=1"],
  ["http://evil.example/settings?q=1", "/settings?q=1"],
  ["HTTPS://evil.example", "/"],
  ["//evil.example/settings", "/evil.example/settings"],
  ["/\\\\evil.example", "/\\\\evil.example"],
  ["", ""],
  ["*", "*"],
])("takes the target %j as the path %j", (target, path) => {
  const request = { headers: {}, socket: new Socket(), url: target };
  trustHeaders(request);
  expect(request.url).toBe(path);
});

it.each([
  ['["",{"children":["__PAGE__",{}]}]', true],
  [encodeURIComponent('["",{"children":["École",{}]}]'), true],
  ["x", false],
  ["%", false],
  ["{}", false],
  [`["",{},"${"x".repeat(50_000)}"]`, false],
])("hands the state of a page on to Next only where Next can read it: %.40s", (state, isKept) => {
  const request = { headers: { "next-router-state-tree": state }, socket: new Socket(), url: "/" };
  trustHeaders(request);
  expect("next-router-state-tree" in request.headers).toBe(isKept);
});

it("trusts the number of proxies in TRUST_PROXY, counted from the nearest", () => {
  process.env.TRUST_PROXY = "1";
  expect(settled(FORGED)).toMatchObject({
    "x-forwarded-for": "7.7.7.7",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "portal.test:3000",
  });
  expect(settled({ "x-forwarded-for": "not an address" })["x-forwarded-for"]).toBe("192.0.2.1");
  expect(settled({})).toMatchObject({ "x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "http" });
  process.env.TRUST_PROXY = "2";
  expect(settled(FORGED)["x-forwarded-for"]).toBe("6.6.6.6");
});

it.each([
  ["192.0.2.7", "192.0.2.7"],
  ["192.0.2.7:4711", "192.0.2.7"],
  ["2001:db8::7", "2001:db8::7"],
  ["[2001:db8::7]", "2001:db8::7"],
  ["[2001:db8::7]:4711", "2001:db8::7"],
  ["6.6.6.6, [2001:db8::7]:4711", "2001:db8::7"],
  ["192.0.2.7:", "192.0.2.1"],
  ["[192.0.2.7", "192.0.2.1"],
  ["unknown", "192.0.2.1"],
  ["_hidden", "192.0.2.1"],
  ["1".repeat(20_000), "192.0.2.1"],
])("takes the client's address from X-Forwarded-For: %s", (header, address) => {
  process.env.TRUST_PROXY = "1";
  expect(settled({ "x-forwarded-for": header })["x-forwarded-for"]).toBe(address);
});

it("takes the portal's own address from APP_URL, whatever a proxy makes of Host", () => {
  process.env.APP_URL = "https://portal.example.edu/";
  expect(settled({ ...FORGED, host: "127.0.0.1:3000" })).toMatchObject({
    "x-forwarded-host": "portal.example.edu",
    "x-forwarded-proto": "https",
  });
});

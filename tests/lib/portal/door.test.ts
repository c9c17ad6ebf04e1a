import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, request } from "node:http";
import { type AddressInfo, Socket } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { EnvironmentError } from "#lib/environment.ts";
import { givePolicy, guardRequests, settleHeaders } from "#lib/portal/door.ts";

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
});

function settled(headers: IncomingHttpHeaders, remoteAddress = "192.0.2.1"): IncomingHttpHeaders {
  const socket = Object.defineProperty(new Socket(), "remoteAddress", { value: remoteAddress });
  const asked = { headers: { host: "portal.test:3000", ...headers }, socket };
  settleHeaders(asked);
  return asked.headers;
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

it("believes nothing that a client says of itself", () => {
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
  ["/\\\\evil.example", "/evil.example"],
  ["", ""],
  ["*", "*"],
])("takes the target %j as the path %j", (target, path) => {
  const asked = { headers: {}, socket: new Socket(), url: target };
  settleHeaders(asked);
  expect(asked.url).toBe(path);
});

it("believes as many proxies as TRUST_PROXY says, counted from the nearest", () => {
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

it("takes the portal's own address from APP_URL, whatever a proxy makes of Host", () => {
  process.env.APP_URL = "https://portal.example.edu/";
  expect(settled({ ...FORGED, host: "127.0.0.1:3000" })).toMatchObject({
    "x-forwarded-host": "portal.example.edu",
    "x-forwarded-proto": "https",
  });
});

it.each([
  ["APP_URL", "portal.example.edu"],
  ["APP_URL", "javascript:alert(1)"],
  ["APP_URL", "https://user:secret@portal.example.edu"],
  ["TRUST_PROXY", "yes"],
  ["TRUST_PROXY", "-1"],
  ["TRUST_PROXY", "10"],
])("refuses %s=%s", (name, value) => {
  process.env[name] = value;
  expect(() => settled({})).toThrow(EnvironmentError);
});

it("stands before every request of the process's servers", async () => {
  process.env.APP_URL = "https://portal.example.edu";
  guardRequests();
  guardRequests();
  const server = createServer((asked, answer) => answer.end(JSON.stringify(asked.headers)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const sent = request({ host: "127.0.0.1", port, headers: FORGED });
  sent.end();
  const [answer] = await once(sent, "response");
  let body = "";
  for await (const piece of answer) body += piece;
  server.close();
  expect(JSON.parse(body)).toMatchObject({
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": "portal.example.edu",
  });
  expect(body).not.toMatch(/evil|6\.6\.6\.6/);
  expect(answer.headers["strict-transport-security"]).toBe("max-age=31536000");
});

it("gives every page a nonce of its own, and what is no page a policy that lets nothing run", () => {
  const policyOf = (url: string) => {
    const request = { url, headers: {} as IncomingHttpHeaders };
    const given = new Map<string, unknown>();
    const response = {
      setHeader(name: string, value: unknown) {
        given.set(name, value);
        return this as never;
      },
    };
    givePolicy(request, response);
    return {
      answered: String(given.get("Content-Security-Policy")),
      told: request.headers["content-security-policy"],
    };
  };
  const first = policyOf("/organizations?q=/api/");
  const second = policyOf("/organizations");
  expect(first.answered).toMatch(/script-src 'self' 'nonce-[\w+/]{22}==' 'strict-dynamic';/);
  expect(first.told).toBe(first.answered);
  expect(second.answered).not.toBe(first.answered);
  for (const url of ["/api/v1/usage", "/api/health/live", "/_next/static/a.js"]) {
    expect(policyOf(url)).toEqual({
      answered: expect.stringContaining("default-src 'none'"),
      told: undefined,
    });
  }
});

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, test, vi } from "vitest";
import { currentRequest, nameRequester, runInRequest } from "#lib/request-context.ts";
import { HeldRequest, ReplaceableResponse } from "#lib/server/messages.ts";
import { beginRequest, loggedPath, type RequestEnd, requestIdFor, serving } from "#lib/server/request-log.ts";
import { NO_ROUTE, routeMatcher } from "#lib/server/routes.ts";

describe("the name of a request", () => {
  test.each(["a", "req-7f3", "0af7651916cd43dd8448eb211c80319c", "A.b_C-9"])("%s is kept", (given) => {
    expect(requestIdFor(given)).toBe(given);
  });
  test.each([undefined, "", "a b", "a\nb", '"x"', "é", "x".repeat(65), ["a", "b"]])(
    "%j is replaced",
    (given) => {
      expect(requestIdFor(given)).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});

test.each([
  ["/organizations?q=secret", "/organizations"],
  ["/setup?code=ABCD-EFGH", "/setup"],
  ["/invite/s3cr3t-token", "/invite/…"],
  ["/%69nvite/s3cr3t", "/invite/…"],
  ["/invite/a/b?x#y", "/invite/…"],
  ["//invite//s3cr3t", "//invite//…"],
  ["/%E0%A4%A", "/%E0%A4%A"],
  [`/${"x".repeat(400)}`, `/${"x".repeat(299)}`],
])("of %s the log has %s", (target, path) => {
  expect(loggedPath(target)).toBe(path);
});

test("a path has the name of its route, and all paths without a route have one name", () => {
  const routeOf = routeMatcher([
    "/",
    "/organizations",
    "/organizations/[code]",
    "/organizations/new",
    "/a/[...rest]",
  ]);
  expect(
    [
      "/",
      "/organizations/",
      "/organizations/MKT",
      "/organizations/new",
      "/a/b/c",
      "/x",
      "/_next/static/a.js",
    ].map(routeOf),
  ).toEqual([
    "/",
    "/organizations",
    "/organizations/[code]",
    "/organizations/new",
    "/a/[...rest]",
    NO_ROUTE,
    "/_next",
  ]);
});

it("gives each request a name, which its code knows and its answer carries, and one line in the log without secrets", async () => {
  const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const ends: RequestEnd[] = [];
  const keep = (end: unknown) => ends.push(end as RequestEnd);
  subscribe("bursar.request", keep);
  const routeOf = routeMatcher([]);
  const classes = { IncomingMessage: HeldRequest, ServerResponse: ReplaceableResponse };
  const server = createServer(classes, (incoming, response) => {
    runInRequest(beginRequest(incoming, response, routeOf), async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      nameRequester({ portalUserId: 7 });
      response.statusCode = 404;
      response.end(currentRequest()?.id);
      // As Next does where it fails after it has begun to answer.
      response.statusCode = 500;
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const ask = async (path: string, headers: Record<string, string>) => {
    const outgoing = request({ port, path, headers, host: "127.0.0.1" }).end();
    const [answer] = await once(outgoing, "response");
    let body = "";
    for await (const piece of answer) body += piece;
    return { body, id: answer.headers["x-request-id"] };
  };
  expect(
    await ask("/invite/s3cr3t?code=s3cr3t", {
      "X-Request-Id": "req-1",
      Cookie: "s3cr3t",
      Authorization: "s3cr3t",
    }),
  ).toEqual({
    body: "req-1",
    id: "req-1",
  });
  const [one, other] = await Promise.all([ask("/a", {}), ask("/b", {})]);
  expect(one.body).toBe(one.id);
  expect(other.body).toBe(other.id);
  expect(one.id).not.toBe(other.id);
  server.close();
  await once(server, "close");
  await expect.poll(() => ends.length).toBe(3);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  unsubscribe("bursar.request", keep);
  const text = written.mock.calls.map(([piece]) => String(piece)).join("");
  written.mockRestore();
  const lines = text
    .split("\n")
    .filter((line) => line.includes('"message":"request"'))
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatchObject({
    level: "info",
    requestId: "req-1",
    userId: 7,
    method: "GET",
    path: "/invite/…",
    route: NO_ROUTE,
    status: 404,
    durationMs: expect.any(Number),
  });
  expect(text).not.toContain("s3cr3t");
  expect(serving.responses.size).toBe(0);
});

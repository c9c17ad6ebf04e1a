import { once } from "node:events";
import { request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, it } from "vitest";
import { createPortalServer } from "#lib/server/http.ts";

let server: ReturnType<typeof createPortalServer> | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** A server that answers with the address that Next would get. */
async function echoing(): Promise<string> {
  server = createPortalServer({
    next: async (request, response) => {
      response.end(request.url);
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("has the time limits that docs/operations.md names", () => {
  server = createPortalServer({ next: async () => {} });
  const { keepAliveTimeout, headersTimeout, requestTimeout, timeout, maxConnections } = server;
  expect({ keepAliveTimeout, headersTimeout, requestTimeout, timeout, maxConnections }).toEqual({
    keepAliveTimeout: 75_000,
    headersTimeout: 15_000,
    requestTimeout: 300_000,
    timeout: 120_000,
    maxConnections: 4_000,
  });
});

it.each([
  ["/members?q=%00", "/members?q="],
  ["/members?q=a%00b&page=2", "/members?q=ab&page=2"],
  ["/members?%00q=a%2500", "/members?q=a%2500"],
  ["/members?q=%C3%A9", "/members?q=%C3%A9"],
])("hands %s on as %s, without the character NUL", async (target, expected) => {
  const answer = await fetch((await echoing()) + target);
  expect([answer.status, await answer.text()]).toEqual([200, expected]);
});

it.each([
  ["multipart/form-data; boundary=x", 400],
  ["Multipart/form-data", 400],
  ["application/x-www-form-urlencoded", 200],
])("answers an empty form of the type %s with %d", async (type, status) => {
  const url = await echoing();
  const headers = { "content-type": type, origin: url };
  expect((await fetch(`${url}/sign-in`, { method: "POST", headers })).status).toBe(status);
});

it.each(["/members/%00", "/members/%", "/organizations/%FF?view=table", "/%C3%A9/%zz"])(
  "hands the path %s on as one that no page has",
  async (target) => {
    const answer = await fetch((await echoing()) + target);
    expect([answer.status, await answer.text()]).toEqual([200, "/an-address-with-a-broken-escape"]);
  },
);

it.each(["/\\metrics", "/\\evil.example", "/members\\..\\settings", "/\\\\metrics?q=1"])(
  "hands the path %s on as one that no page has, whatever a proxy has made of its backslash",
  async (target) => {
    const { port } = new URL(await echoing());
    const sent = request({ port, path: target });
    sent.end();
    const [response] = await once(sent, "response");
    expect([response.statusCode, await text(response)]).toEqual([200, "/an-address-with-a-broken-escape"]);
  },
);

it.each(["TRACE", "PROPFIND", "PURGE", "QUERY"])("does not hand the method %s on", async (method) => {
  const { port } = new URL(await echoing());
  for (const path of ["/sign-in", "/api/v1/usage"]) {
    const sent = request({ port, method, path });
    sent.end();
    const [response] = await once(sent, "response");
    const answer = await text(response);
    expect([response.statusCode, response.headers.allow]).toEqual([405, "GET, HEAD, POST, OPTIONS"]);
    if (path === "/sign-in") expect(answer).toBe("Allowed here: GET, HEAD, POST, OPTIONS.");
    else expect(JSON.parse(answer)).toMatchObject({ code: "method_not_allowed", status: 405 });
  }
});

it("refuses to change anything at a path with a broken escape", async () => {
  const url = await echoing();
  for (const method of ["POST", "PUT", "DELETE"]) {
    const answer = await fetch(`${url}/members/%FF`, { method });
    expect([method, answer.status, await answer.text()]).toEqual([
      method,
      400,
      "This address has a broken escape.",
    ]);
  }
});

it("answers a broken escape below the API as a problem", async () => {
  const answer = await fetch(`${await echoing()}/api/v1/usage/%FF`);
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { code: "invalid_request", detail: "This address has a broken escape." },
  ]);
});

/** What a client hears that sends everything before it reads. */
function speak(url: string, pieces: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    let heard = "";
    socket.on("error", (error) => resolve(`${heard}${String(error)}`));
    socket.on("close", () => resolve(heard));
    socket.on("connect", async () => {
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise((sent) => setTimeout(sent, 2));
      }
      socket.on("data", (data) => {
        heard += data;
      });
    });
  });
}

it.each([
  [
    "headers are too long",
    "431 Request Header Fields Too Large",
    (long: string) => `GET / HTTP/1.1\r\nX: ${long}`,
  ],
  ["first line is no request", "400 Bad Request", (long: string) => `nothing\r\n${long}`],
])("answers a client that goes on sending after its %s", async (_, status, request) => {
  const url = await echoing();
  const long = Array.from({ length: 20 }, () => "a".repeat(30_000));
  const [first = "", ...rest] = long;
  expect(await speak(url, [request(first), ...rest])).toBe(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
});

it("ends the connection of a client that never ends its broken request", async () => {
  const url = await echoing();
  const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => {});
  socket.write("nothing\r\n\r\n");
  socket.resume();
  await once(socket, "end");
  await expect
    .poll(() => new Promise((resolve) => server?.getConnections((_, count) => resolve(count))), {
      timeout: 5_000,
    })
    .toBe(0);
  socket.destroy();
});

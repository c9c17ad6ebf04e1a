import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerUsage, type Handler } from "#lib/server/api-routes.ts";

/** The names of the errors that the handler of `/read` got. */
const faults: string[] = [];
const ROUTES = new Map<string, Handler>([
  [
    "/echo",
    async (asked) =>
      new Response(await asked.text(), {
        status: 201,
        headers: { "Content-Type": "text/plain", "X-Asked": asked.headers.get("x-given") ?? "" },
      }),
  ],
  ["/broken", () => Promise.reject(new Error("broken"))],
  ["/refused", async () => new Response("no", { status: 401 })],
  [
    "/read",
    (asked) =>
      asked.text().then(
        () => new Response("all"),
        (error: Error) => {
          faults.push(error.name);
          return new Response("some");
        },
      ),
  ],
]);

/** Answers 418 where Next would answer. */
const server = createServer((incoming, response) => {
  if (answerUsage(incoming, response, ROUTES)) return;
  incoming.resume();
  incoming.on("end", () => response.writeHead(418).end());
});

beforeAll(async () => {
  server.listen(0);
  await once(server, "listening");
});
afterAll(() => {
  server.close();
});

type Sent = { method?: string; path?: string; body?: string; headers?: Record<string, string> };

async function send({ method = "POST", path = "/echo", body = "", headers = {} }: Sent = {}) {
  const { port } = server.address() as AddressInfo;
  const sent = request({
    port,
    method,
    path,
    headers: { "content-length": Buffer.byteLength(body), ...headers },
  });
  sent.end(body);
  const [response] = await once(sent, "response");
  let text = "";
  for await (const piece of response) text += piece;
  return { status: response.statusCode, headers: response.headers, text };
}

test("a POST to exactly this address is answered here", async () => {
  const answer = await send({ body: "é", headers: { "x-given": "yes" } });
  expect(answer).toMatchObject({ status: 201, text: "é" });
  expect(answer.headers).toMatchObject({
    "content-type": "text/plain",
    "content-length": "2",
    "x-asked": "yes",
  });
});

test("every other request is left to Next", async () => {
  for (const other of [
    { method: "GET" },
    { method: "PUT", body: "x" },
    { path: "/echo/" },
    { path: "/echo?a=b" },
    { path: "/%65cho" },
    { path: "/other" },
  ] satisfies Sent[]) {
    expect(await send(other), JSON.stringify(other).slice(0, 80)).toMatchObject({ status: 418 });
  }
});

test("a large body and one of unknown length reach the handler too", async () => {
  const large = await send({ body: "x".repeat(200_000) });
  expect([large.status, large.text.length]).toEqual([201, 200_000]);
  const { port } = server.address() as AddressInfo;
  const chunked = request({ port, method: "POST", path: "/echo" });
  chunked.write("a");
  chunked.end("b");
  const [response] = await once(chunked, "response");
  let text = "";
  for await (const piece of response) text += piece;
  expect([response.statusCode, text]).toEqual([201, "ab"]);
});

test("a handler that fails is a problem, and a client that goes away is none", async () => {
  const { port } = server.address() as AddressInfo;
  const arrival = once(server, "request");
  const gone = request({ port, method: "POST", path: "/echo", headers: { "content-length": 10 } });
  gone.on("error", () => {});
  gone.write("half");
  await arrival;
  gone.destroy();
  const answer = await send({ path: "/broken" });
  expect(answer.status).toBe(500);
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(JSON.parse(answer.text)).toMatchObject({ code: "internal_error" });
});

test.each([
  ["of any size", 1_000],
  ["as large as what a stream reads in advance", 150_000],
  ["that takes many packets", 3_000_000],
])("a connection can be used again after a body %s was refused unread", async (_, bytes) => {
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (const method of ["POST", "POST", "GET"]) {
      const body = method === "POST" ? "x".repeat(bytes) : "";
      const sent = request({
        ...{ port, method, agent, path: "/refused" },
        headers: { "content-length": body.length },
      });
      sent.end(body);
      const [response] = await once(sent, "response");
      for await (const _piece of response);
      expect(response.statusCode).toBe(method === "POST" ? 401 : 418);
      expect(response.headers.connection).toBe("keep-alive");
    }
  } finally {
    agent.destroy();
  }
});

test("a connection ends after the answer where more is announced than is discarded", async () => {
  const { port } = server.address() as AddressInfo;
  const sent = request({
    ...{ port, method: "POST", path: "/refused" },
    headers: { "content-length": 65 * 1024 * 1024 },
  });
  sent.on("error", () => {});
  sent.write("x");
  const [response] = await once(sent, "response");
  expect([response.statusCode, response.headers.connection]).toEqual([401, "close"]);
  sent.destroy();
});

test("a handler that reads the body of a client that goes away gets an AbortError", async () => {
  const { port } = server.address() as AddressInfo;
  const arrival = once(server, "request");
  const gone = request({
    ...{ port, method: "POST", path: "/read" },
    headers: { "content-length": 1_000_000 },
  });
  gone.on("error", () => {});
  gone.write("x".repeat(200_000));
  await arrival;
  gone.destroy();
  await expect.poll(() => faults).toEqual(["AbortError"]);
});

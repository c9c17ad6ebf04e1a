import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerUsage, type Handler } from "#lib/server/api-routes.ts";

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
  const gone = request({ port, method: "POST", path: "/echo", headers: { "content-length": 10 } });
  gone.on("error", () => {});
  gone.write("half");
  await new Promise((resolve) => setTimeout(resolve, 20));
  gone.destroy();
  const answer = await send({ path: "/broken" });
  expect(answer.status).toBe(500);
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(JSON.parse(answer.text)).toMatchObject({ code: "internal_error" });
});

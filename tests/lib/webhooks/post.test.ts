import { once } from "node:events";
import { createServer as createTcpServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { postOnce, type ResolvedAddress } from "#lib/webhooks/post.ts";
import { type Answer, type Receiver, startReceiver } from "#tests/support/receiver.ts";

const receivers: Receiver[] = [];
const servers: Server[] = [];
afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver.stop();
  for (const server of servers.splice(0)) server.close();
});

async function receiverOf(answer?: Answer, host?: string, port?: number): Promise<Receiver> {
  const receiver = await startReceiver(answer, { ...(host && { host }), ...(port && { port }) });
  receivers.push(receiver);
  return receiver;
}

const anywhere = () => true;
const message = { headers: { "webhook-id": "evt_1" }, body: '{"a":1}' };
const post = (url: string, options: Parameters<typeof postOnce>[2] = {}) =>
  postOnce(url, message, { isAllowed: anywhere, ...options });

describe("a receiver that answers", () => {
  it("gets the body and the headers, and its answer is kept", async () => {
    const receiver = await receiverOf();
    const outcome = await post(`${receiver.url}/hook?a=b`);
    expect(outcome).toEqual({
      status: 200,
      error: null,
      answer: "thanks",
      retryAfterMs: 0,
      durationMs: expect.any(Number),
    });
    expect(receiver.received).toMatchObject([
      {
        path: "/hook?a=b",
        headers: { "webhook-id": "evt_1", "content-type": "application/json", "content-length": "7" },
        body: '{"a":1}',
      },
    ]);
  });

  it.each([200, 201, 202, 204])("has accepted with the status %i", async (status) => {
    const receiver = await receiverOf((_request, response) => response.writeHead(status).end());
    expect(await post(receiver.url)).toMatchObject({ status, error: null });
  });

  it.each([400, 404, 410, 429, 500, 503])("has failed with the status %i", async (status) => {
    const receiver = await receiverOf((_request, response) => response.writeHead(status).end("no"));
    const error = `The answer had the status ${status}.`;
    expect(await post(receiver.url)).toMatchObject({ status, error, answer: "no" });
  });

  it("may ask to be left alone for a while", async () => {
    const busy = await receiverOf((_request, response) =>
      response.writeHead(503, { "Retry-After": "120" }).end(),
    );
    expect(await post(busy.url)).toMatchObject({ status: 503, retryAfterMs: 120_000 });
  });

  it("is not followed to another address", async () => {
    const target = await receiverOf();
    const receiver = await receiverOf((_request, response) =>
      response.writeHead(307, { Location: `${target.url}/metadata` }).end(),
    );
    expect(await post(receiver.url)).toMatchObject({
      status: 307,
      error: "The answer was a redirect (307), which is not followed.",
    });
    expect(target.received).toEqual([]);
  });

  it("may answer with more than 2 KB, of which the beginning is kept", async () => {
    let hasEnded = false;
    const receiver = await receiverOf((_request, response) => {
      response.writeHead(200);
      const write = () => {
        while (!response.destroyed && response.write("é".repeat(32_768)));
        if (!response.destroyed) response.once("drain", write);
      };
      response.once("close", () => {
        hasEnded = true;
      });
      write();
    });
    const outcome = await post(receiver.url);
    expect(outcome).toMatchObject({ status: 200, error: null, answer: "é".repeat(1_024) });
    await expect.poll(() => hasEnded).toBe(true);
  });

  it("has accepted with its status, also if the rest never comes", async () => {
    const receiver = await receiverOf((_request, response) => void response.writeHead(200).write("thanks"));
    expect(await post(receiver.url, { timeoutMs: 300 })).toMatchObject({
      status: 200,
      error: null,
      answer: "thanks",
    });
  });
});

describe("a receiver that does not answer", () => {
  it("is given up after the deadline", async () => {
    const receiver = await receiverOf(() => {});
    const outcome = await post(receiver.url, { timeoutMs: 300 });
    expect(outcome).toMatchObject({ status: null, answer: null });
    expect(outcome.error).toBe("There was no answer within 0 seconds.");
    expect(receiver.received).toHaveLength(1);
  });

  it("is given up if its name does not resolve in time", async () => {
    const outcome = await post("http://receiver.example/", {
      resolve: () => new Promise(() => {}),
      timeoutMs: 300,
    });
    expect(outcome.error).toBe("There was no answer within 0 seconds.");
  });

  it("is given up if it asks for another protocol, which ends without a response", async () => {
    const answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    const server = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.write(answer));
    });
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    expect(await post(`http://127.0.0.1:${port}/`, { timeoutMs: 300 })).toMatchObject({
      status: null,
      error: "The answer asked for another protocol (101), which is not spoken.",
    });
  });

  it("is told apart by what went wrong", async () => {
    const closing = createTcpServer((socket) => socket.destroy());
    servers.push(closing);
    closing.listen(0, "127.0.0.1");
    await once(closing, "listening");
    const { port } = closing.address() as { port: number };
    expect((await post(`http://127.0.0.1:${port}/`)).error).toBe(
      "The connection was closed before an answer.",
    );
    const gone = await receiverOf();
    await receivers.pop()?.stop();
    expect((await post(gone.url)).error).toBe("The connection was refused.");
    const plain = await receiverOf();
    expect((await post(plain.url.replace("http:", "https:"))).error).toMatch(
      /^The certificate of the host was not accepted|^The request failed/,
    );
    const unknown = () => Promise.reject(Object.assign(new Error("no such host"), { code: "ENOTFOUND" }));
    expect((await post("http://nowhere.example/", { resolve: unknown })).error).toBe(
      "The name of the host was not found.",
    );
    expect((await post("http://nowhere.example/", { resolve: async () => [] })).error).toBe(
      "The request failed.",
    );
  });
});

describe("addresses that are not public", () => {
  it.each([
    "http://127.0.0.1:80/",
    "http://[::1]:80/",
    "http://169.254.169.254/latest/meta-data",
    "http://0x7f.1/",
  ])("%s gets nothing", async (url) => {
    const outcome = await postOnce(url, message);
    expect(outcome.error).toMatch(/^The address .+ is not on the public internet, so nothing was sent\.$/);
  });

  const named = (...answers: ResolvedAddress[][]) => {
    let asked = 0;
    return {
      resolve: async () => {
        asked += 1;
        return answers[Math.min(asked, answers.length) - 1] ?? [];
      },
      asked: () => asked,
    };
  };
  const at = (address: string): ResolvedAddress[] => [{ address, family: address.includes(":") ? 6 : 4 }];

  it.each(["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00:ec2::254"])(
    "a name with the address %s gets nothing",
    async (address) => {
      const receiver = await receiverOf();
      const { resolve } = named(at(address));
      const outcome = await postOnce(`http://receiver.example:${receiver.port}/`, message, { resolve });
      expect(outcome.error).toBe(
        `The address ${address} is not on the public internet, so nothing was sent.`,
      );
      expect(receiver.received).toEqual([]);
    },
  );

  it("a name with a public and a private address gets nothing", async () => {
    const receiver = await receiverOf();
    const { resolve } = named([...at("1.1.1.1"), ...at("127.0.0.1")]);
    const outcome = await postOnce(`http://receiver.example:${receiver.port}/`, message, { resolve });
    expect(outcome.error).toBe("The address 127.0.0.1 is not on the public internet, so nothing was sent.");
    expect(receiver.received).toEqual([]);
  });

  it("a name that has another address the second time is connected to at the first, which was checked", async () => {
    const allowed = await receiverOf();
    const forbidden = await receiverOf(undefined, "127.0.0.2", allowed.port);
    const { resolve, asked } = named(at("127.0.0.1"), at("127.0.0.2"));
    const isAllowed = (address: string) => address !== "127.0.0.2";
    const url = `http://receiver.example:${allowed.port}/`;
    expect(await postOnce(url, message, { resolve, isAllowed })).toMatchObject({ status: 200 });
    expect(asked()).toBe(1);
    // The next try looks the name up again, and is refused.
    expect(await postOnce(url, message, { resolve, isAllowed })).toMatchObject({
      status: null,
      error: "The address 127.0.0.2 is not on the public internet, so nothing was sent.",
    });
    expect(allowed.received).toHaveLength(1);
    expect(forbidden.received).toEqual([]);
  });
});

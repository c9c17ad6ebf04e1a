import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that a receiver got. */
export type Received = { path: string; headers: Record<string, string>; body: string };

export type Receiver = {
  /** "http://127.0.0.1:41234" */
  url: string;
  port: number;
  received: Received[];
  stop: () => Promise<void>;
};

/** What a receiver does with a request whose body has arrived. */
export type Answer = (request: Received, response: ServerResponse, count: number) => void;

const accept: Answer = (_request, response) => response.writeHead(200).end("thanks");

async function read(request: IncomingMessage): Promise<Received> {
  let body = "";
  for await (const piece of request) body += piece;
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  return { path: request.url ?? "", headers, body };
}

/** A real server that gets webhooks. Without `answer` it accepts everything. */
export async function startReceiver(
  answer: Answer = accept,
  { host = "127.0.0.1", port = 0 } = {},
): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    read(request).then(
      (one) => {
        received.push(one);
        answer(one, response, received.length);
      },
      // The sender was killed in the middle of its request.
      () => response.destroy(),
    );
  });
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host}:${address.port}`,
    port: address.port,
    received,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";

export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };
export type Call = { method?: string; path: string; headers?: Record<string, string>; body?: string };

/**
 * One round of load: the number of answers, the duration of the round, and the duration of each answer, in
 * milliseconds.
 */
export type Round = { answers: number; seconds: number; milliseconds: number[] };

/**
 * A client of one server that keeps its connections open. Our own instead of a library's, because rounds must
 * alternate.
 */
export class Client {
  readonly url: string;
  readonly #agent: Agent;
  readonly #headers: Record<string, string>;

  constructor(url: string, headers: Record<string, string> = {}, connections = 8) {
    this.url = url;
    this.#headers = headers;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  send({ method = "GET", path, headers, body }: Call): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        new URL(path, this.url),
        { method, agent: this.#agent, headers: { ...this.#headers, ...headers } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(chunks),
            }),
          );
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  }

  /** Reads an answer without storing it, and counts its lines. */
  countLines({ path, headers }: Pick<Call, "path" | "headers">): Promise<number> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        new URL(path, this.url),
        { agent: this.#agent, headers: { ...this.#headers, ...headers } },
        (response) => {
          let lines = 0;
          response.on("data", (chunk: Buffer) => {
            for (const byte of chunk) if (byte === 10) lines += 1;
          });
          response.on("error", reject);
          response.on("end", () =>
            response.statusCode === 200
              ? resolve(lines)
              : reject(new Error(`${path} answered ${response.statusCode}`)),
          );
        },
      );
      request.on("error", reject);
      request.end();
    });
  }

  /** Closes its connections; the next call opens new ones. */
  close(): void {
    this.#agent.destroy();
  }
}

/**
 * Sends calls for `seconds`, several at a time, but at most `most` of them.
 * @throws when an answer has another status, because refusals must not be measured
 */
export async function load(
  client: Client,
  next: () => Call,
  {
    seconds,
    most = Number.POSITIVE_INFINITY,
    atATime,
    status = 200,
  }: {
    seconds: number;
    most?: number;
    atATime: number;
    status?: number;
  },
): Promise<Round> {
  const milliseconds: number[] = [];
  const started = performance.now();
  const until = started + seconds * 1000;
  let sent = 0;
  const one = async () => {
    while (performance.now() < until && sent < most) {
      sent += 1;
      const call = next();
      const before = performance.now();
      const answer = await client.send(call);
      milliseconds.push(performance.now() - before);
      if (answer.status !== status) {
        throw new Error(`${call.path} answered ${answer.status}: ${answer.body.toString().slice(0, 300)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, one));
  // The server would close idle connections before the next round, perhaps just when they are used again.
  client.close();
  return { answers: milliseconds.length, seconds: (performance.now() - started) / 1000, milliseconds };
}

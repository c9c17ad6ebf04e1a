import { type IncomingHttpHeaders, type RequestOptions, request } from "node:http";

export type Answer = {
  status: number;
  headers: IncomingHttpHeaders;
  /** The Set-Cookie headers, one for each cookie. */
  setCookies: string[];
  text: string;
};
export type Sent = {
  method?: string;
  /** One that is undefined is not sent. */
  headers?: Record<string, string | undefined>;
  body?: string | Uint8Array;
};

/** Sends a request and reads the whole answer. */
function exchange(
  address: URL,
  options: RequestOptions,
  body: string | Uint8Array | undefined,
): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    const sent = request(address, options);
    sent.on("error", (error: NodeJS.ErrnoException) => {
      // A server may close an idle connection at the moment when the next request takes it (RFC 9112, section 9.3.1). A
      // server that fails at this request fails on the new connection too.
      if (sent.reusedSocket && error.code === "ECONNRESET") {
        resolve(exchange(address, { ...options, agent: false }, body));
      } else reject(error);
    });
    sent.on("response", (incoming) => {
      const pieces: Buffer[] = [];
      incoming.on("data", (piece) => pieces.push(piece));
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          setCookies: incoming.headers["set-cookie"] ?? [],
          text: Buffer.concat(pieces).toString("utf8"),
        }),
      );
    });
    sent.end(body);
  });
}

/**
 * A browser without pages: it stores cookies, does not follow redirects, and sends the headers about a request's
 * origin. It uses node:http, so that a test can forge every header.
 */
export class HttpBrowser {
  readonly url: string;
  readonly origin: string;
  readonly cookies = new Map<string, string>();

  /** `origin`: the portal's public address, where it differs from `url`. */
  constructor(url: string, origin = url) {
    this.url = url;
    this.origin = origin;
  }

  async send(target: string, { method = "GET", headers = {}, body }: Sent = {}): Promise<Answer> {
    // A path is sent exactly as it is: "//x" names no host.
    const address = target.startsWith("/") ? new URL(this.url) : new URL(target);
    const path = target.startsWith("/") ? target.replace(/#.*$/s, "") : address.pathname + address.search;
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const options: RequestOptions = {
      path,
      method,
      // A redirect repeats the query in a longer encoding.
      maxHeaderSize: 64 * 1024,
      headers: Object.fromEntries(
        Object.entries({ ...(cookie && { cookie }), ...headers }).filter(([, value]) => value !== undefined),
      ),
    };
    const answer = await exchange(address, options, body);
    if (address.origin === new URL(this.url).origin) this.keep(answer.setCookies);
    return answer;
  }

  private keep(setCookies: readonly string[]): void {
    for (const line of setCookies) {
      const [pair = "", ...attributes] = line.split(";");
      const [name = "", ...value] = pair.split("=");
      const ended = attributes.some((one) => /^\s*max-age=0$/i.test(one)) || value.join("=") === "";
      if (ended) this.cookies.delete(name);
      else this.cookies.set(name, value.join("="));
    }
  }

  /** Calls a server action as the page's script does; `fields` as a form has them. */
  async act(
    page: string,
    actionId: string,
    fields: Record<string, string | readonly string[]> = {},
    {
      stateful = true,
      headers = {},
    }: { stateful?: boolean; headers?: Record<string, string | undefined> } = {},
  ): Promise<Answer> {
    const form = new FormData();
    for (const [name, values] of Object.entries(fields)) {
      for (const value of [values].flat()) form.append(`_1_${name}`, value);
    }
    // React's own encoding of the action's arguments: the state before and the form.
    form.append("0", stateful ? '[{},"$K1"]' : '["$K1"]');
    const encoded = new Response(form);
    return this.send(page, {
      method: "POST",
      headers: {
        "content-type": encoded.headers.get("content-type") ?? "",
        accept: "text/x-component",
        "next-action": actionId,
        origin: this.origin,
        "sec-fetch-site": "same-origin",
        ...headers,
      },
      body: new Uint8Array(await encoded.arrayBuffer()),
    });
  }
}

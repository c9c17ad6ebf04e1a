import { lookup as systemLookup } from "node:dns/promises";
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { addressOfHost, isPublicAddress } from "./rules/addresses.ts";
import { retryAfterMs } from "./rules/retries.ts";

/** One address of a name, as Node's resolver gives it. */
export type ResolvedAddress = { address: string; family: number };

export type PostOptions = {
  /** Whether a connection to this address is allowed. */
  isAllowed?: (address: string) => boolean;
  /** All addresses of a name. */
  resolve?: (hostname: string) => Promise<ResolvedAddress[]>;
  timeoutMs?: number;
};

/** What came of one request. `error` is null exactly for an answer of 200 to 299. */
export type PostOutcome = {
  status: number | null;
  /** Why it failed, in words for the endpoint's owner. */
  error: string | null;
  /** The first 2 KB of the answer; null without one. */
  answer: string | null;
  /** How long the receiver asks to be left alone; 0 for not at all. */
  retryAfterMs: number;
  durationMs: number;
};

const TIMEOUT_MS = 10_000;
/** How many bytes of an answer are read; the connection is then closed. */
const ANSWER_MAX_BYTES = 2_048;

class AddressRefusedError extends Error {
  constructor(address: string) {
    super(`The address ${address} is not on the public internet, so nothing was sent.`);
  }
}

const resolveAll = (hostname: string): Promise<ResolvedAddress[]> => systemLookup(hostname, { all: true });

/**
 * Resolves a name for one connection and gives Node exactly the addresses that were checked. A second look-up, which
 * could have another answer, does not happen. A name with one address that is not allowed is refused as a whole.
 */
function checkedLookup(
  resolve: (hostname: string) => Promise<ResolvedAddress[]>,
  isAllowed: (address: string) => boolean,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const refused = addresses.find(({ address }) => !isAllowed(address));
        const [first] = addresses;
        if (refused) callback(new AddressRefusedError(refused.address), "", 0);
        else if (!first) callback(new Error(`${hostname} has no address.`), "", 0);
        else if (options.all) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error) => callback(error, "", 0),
    );
  };
}

const WORDS_OF_CODES: Record<string, string> = {
  ECONNREFUSED: "The connection was refused.",
  ECONNRESET: "The connection was closed before an answer.",
  ENOTFOUND: "The name of the host was not found.",
  EAI_AGAIN: "The name of the host could not be resolved.",
  EHOSTUNREACH: "The host cannot be reached.",
  ENETUNREACH: "The host cannot be reached.",
  ETIMEDOUT: "No connection was made in time.",
  HPE_HEADER_OVERFLOW: "The headers of the answer are too large.",
  UPGRADE: "The answer asked for another protocol (101), which is not spoken.",
};

function wordsOf(error: unknown, timeoutMs: number): string {
  if (error instanceof AddressRefusedError) return error.message;
  if (!(error instanceof Error)) return "The request failed.";
  if (error.name === "AbortError" || error.name === "TimeoutError") {
    return `There was no answer within ${Math.round(timeoutMs / 1000)} seconds.`;
  }
  const code = "code" in error ? String(error.code) : "";
  if (Object.hasOwn(WORDS_OF_CODES, code)) return WORDS_OF_CODES[code] ?? code;
  if (/CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_/.test(code)) {
    return `The certificate of the host was not accepted (${code}).`;
  }
  return `The request failed${code === "" ? "" : ` (${code})`}.`;
}

function wordsOfStatus(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return `The answer was a redirect (${status}), which is not followed.`;
  return `The answer had the status ${status}.`;
}

/** The first bytes of a body as text. What does not arrive until the deadline is left out. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes >= ANSWER_MAX_BYTES) break;
    }
  } catch {
    // The deadline, or a connection that was closed: the status has arrived before.
  }
  response.destroy();
  return Buffer.concat(pieces).subarray(0, ANSWER_MAX_BYTES).toString("utf8").toWellFormed();
}

/**
 * Sends one POST to an address that somebody has typed. The name is resolved once, checked, and connected to at the
 * addresses that were checked; redirects are not followed; no more than 2 KB of the answer is read; after 10 seconds it
 * is over. Never throws.
 */
export async function postOnce(
  href: string,
  { headers, body }: { headers: Record<string, string>; body: string },
  { isAllowed = isPublicAddress, resolve = resolveAll, timeoutMs = TIMEOUT_MS }: PostOptions = {},
): Promise<PostOutcome> {
  const startedAt = performance.now();
  const outcome = (result: Omit<PostOutcome, "durationMs">): PostOutcome => ({
    ...result,
    durationMs: Math.round(performance.now() - startedAt),
  });
  let request: ClientRequest | undefined;
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const url = new URL(href);
    // Node looks up names only.
    const literal = addressOfHost(url.hostname);
    if (literal !== null && !isAllowed(literal)) throw new AddressRefusedError(literal);
    const options: RequestOptions = {
      method: "POST",
      agent: false,
      lookup: checkedLookup(resolve, isAllowed),
      signal: deadline,
      headers: {
        ...headers,
        "Content-Type": "application/json",
        "Content-Length": Buffer.byteLength(body),
        "User-Agent": "Bursar-Webhooks/1.0 (+https://www.standardwebhooks.com)",
      },
    };
    const response = await new Promise<IncomingMessage>((resolveResponse, reject) => {
      request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, options, resolveResponse);
      request.on("error", reject);
      // For an answer with 101, Node emits neither a response nor an error, and the deadline does not end it either.
      request.on("upgrade", (_response, socket) => {
        socket.destroy();
        reject(Object.assign(new Error("upgrade"), { code: "UPGRADE" }));
      });
      request.on("close", () => reject(new Error("closed")));
      request.end(body);
    });
    const status = response.statusCode ?? 0;
    const header = response.headers["retry-after"];
    return outcome({
      status,
      error: wordsOfStatus(status),
      retryAfterMs: retryAfterMs({ status, header, now: new Date() }),
      answer: await beginningOf(response),
    });
  } catch (error) {
    return outcome({ status: null, error: wordsOf(error, timeoutMs), answer: null, retryAfterMs: 0 });
  } finally {
    request?.destroy();
  }
}

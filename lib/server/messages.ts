import { IncomingMessage, ServerResponse } from "node:http";

/** Why a body could not be held: it is larger than its limit, it came too slowly, or the client went away. */
export type HoldFault = "too large" | "too slow" | "aborted";

type Hold = {
  limit: number;
  pieces: Buffer[];
  bytes: number;
  settle: (result: Buffer | HoldFault) => void;
};

/**
 * A request whose body can be taken before anything else reads it. Node's parser hands each piece of the body to
 * `push`; while the body is held, the pieces are collected instead of being offered to readers.
 */
export class HeldRequest extends IncomingMessage {
  #hold: Hold | null = null;
  #discardBytes: number | null = null;

  /**
   * Collects the body; to be called before the event loop's next turn, or the first piece may have passed.
   *
   * @param limit in bytes
   * @param longestMs how long the body may take to arrive, in milliseconds
   */
  hold(limit: number, longestMs: number): Promise<Buffer | HoldFault> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle("too slow"), longestMs);
      const abort = () => settle("aborted");
      const settle = (result: Buffer | HoldFault) => {
        clearTimeout(timer);
        this.off("close", abort);
        this.#hold = null;
        if (typeof result === "string") this.#discardBytes ??= 0;
        resolve(result);
      };
      this.once("close", abort);
      this.#hold = { limit, pieces: [], bytes: 0, settle };
    });
  }

  /** Gives a held body to the next reader of the request. */
  release(body: Buffer): void {
    if (body.length > 0) super.push(body);
    super.push(null);
  }

  /** Discards the rest of the body. After `bytes` more, the connection is closed. */
  discard(bytes: number): void {
    this.#discardBytes = bytes;
  }

  override push(piece: Buffer | null, encoding?: BufferEncoding): boolean {
    const hold = this.#hold;
    if (hold === null) {
      if (this.#discardBytes === null) return super.push(piece, encoding);
      if (piece === null) return super.push(null);
      this.#discardBytes -= piece.length;
      if (this.#discardBytes < 0) this.socket.destroy();
      return true;
    }
    if (piece === null) {
      hold.settle(Buffer.concat(hold.pieces));
      return true;
    }
    hold.bytes += piece.length;
    if (hold.bytes > hold.limit) hold.settle("too large");
    else hold.pieces.push(piece);
    return true;
  }
}

/** The status and text that replace an error. */
export type Replacement = { status: number; text: string };

/**
 * An answer of Next that can be replaced at the moment when its status is known, which is when its headers are written:
 * see {@link replaceErrorBy}.
 */
export class ReplaceableResponse extends ServerResponse<HeldRequest> {
  #replacement: (() => Replacement | null) | null = null;
  #text: string | null = null;
  #sentStatus: number | null = null;

  /** The status that the client got. Next sets `statusCode` to 500 where it fails after that, and nobody gets it. */
  get sentStatus(): number {
    return this.#sentStatus ?? this.statusCode;
  }

  /** Whenever this answer would be a 500, `replacement` is asked for a better one; null leaves it as it is. */
  replaceErrorBy(replacement: () => Replacement | null): void {
    this.#replacement = replacement;
  }

  override writeHead(status: number, ...rest: unknown[]): this {
    const replacement = status === 500 ? this.#replacement?.() : null;
    this.#sentStatus = replacement?.status ?? status;
    if (!replacement) return Reflect.apply(super.writeHead, this, [status, ...rest]);
    for (const name of ["Content-Encoding", "Transfer-Encoding", "ETag", "Vary"]) this.removeHeader(name);
    this.#text = replacement.text;
    this.setHeader("Content-Type", "text/plain; charset=utf-8");
    this.setHeader("Cache-Control", "no-store");
    this.setHeader("Content-Length", Buffer.byteLength(replacement.text));
    this.statusCode = replacement.status;
    return super.writeHead(replacement.status);
  }

  override write(piece: unknown, ...rest: unknown[]): boolean {
    if (this.#replacement !== null && !this.headersSent) this.writeHead(this.statusCode);
    if (this.#text === null) return Reflect.apply(super.write, this, [piece, ...rest]);
    const written = rest.at(-1);
    if (typeof written === "function") process.nextTick(written);
    return true;
  }

  override end(...rest: unknown[]): this {
    if (this.#replacement !== null && !this.headersSent && this.statusCode === 500) this.writeHead(500);
    if (this.#text === null) return Reflect.apply(super.end, this, rest);
    const ended = rest.at(-1);
    return Reflect.apply(super.end, this, typeof ended === "function" ? [this.#text, ended] : [this.#text]);
  }
}

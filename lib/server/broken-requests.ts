import { STATUS_CODES } from "node:http";
import type { Server, Socket } from "node:net";

/** How long a client may go on sending after its answer. */
const LINGER_MS = 1_000;

/** The answers to what Node cannot read as HTTP, by the error's code; every other one is 400. */
const STATUS_OF: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Answers what Node cannot read as HTTP, as Node itself does, and closes the connection in order: it ends our side, reads
 * and discards what the client still sends, and destroys the socket after a second. Node destroys it at once. The system
 * then resets the connection when unread bytes are left, and the client sees the reset in place of the answer (RFC 9112,
 * section 9.6).
 */
export function answerBrokenRequests(server: Server): void {
  const answered = new WeakSet<Socket>();
  // Each piece that arrives after the first error is an error of its own, which discards it.
  server.on("clientError", (error: NodeJS.ErrnoException, stream: Socket) => {
    const socket = stream as Socket & { _httpMessage?: { headersSent: boolean } };
    if (answered.has(socket)) return;
    answered.add(socket);
    if (!socket.writable || error.code === "ECONNRESET" || socket._httpMessage?.headersSent) {
      socket.destroy();
      return;
    }
    const status = STATUS_OF[error.code ?? ""] ?? 400;
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once("close", () => clearTimeout(timer));
  });
}

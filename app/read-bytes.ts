/**
 * How much more of a refused body is read and discarded. Most clients read the answer only after they have sent
 * everything.
 */
const DISCARD_MAX_BYTES = 64 * 1024 * 1024;

/** Reads what is left of a refused body, or ends the connection when that is too much. */
export async function discard(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  try {
    for (let size = 0; size < DISCARD_MAX_BYTES; ) {
      const { done, value } = await reader.read();
      if (done) return;
      size += value.byteLength;
    }
    // Ends the connection.
    await reader.cancel();
  } catch {
    // The client disconnected, so there is nobody to answer.
  }
}

/** Reads at most `limit` bytes of a body, whatever Content-Length claims; null when there are more. */
export async function readBytes(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const announced = request.headers.get("content-length");
  if (announced !== null) {
    // The HTTP server reads no more than the Content-Length, and discards a body that nobody reads.
    return Number(announced) <= limit ? new Uint8Array(await request.arrayBuffer()) : null;
  }
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  const pieces: Uint8Array[] = [];
  let size = 0;
  while (size <= limit) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(pieces);
    size += value.byteLength;
    pieces.push(value);
  }
  void discard(reader);
  return null;
}

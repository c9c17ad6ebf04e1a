import { BYTE_ORDER_MARK } from "#lib/csv.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { isoDate } from "#lib/time.ts";

/** Answers with a CSV file named after what it holds and today, made piece by piece as the reader takes it. */
export function csvResponse(name: string, pieces: Iterator<string>): Response {
  const encoder = new TextEncoder();
  let isFirst = true;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      // Other requests are served between two pieces, even if the reader is fast.
      await new Promise((resolve) => setImmediate(resolve));
      const { value, done } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(isFirst ? BYTE_ORDER_MARK + value : value));
      isFirst = false;
    },
    cancel() {
      pieces.return?.();
    },
  });
  const file = `${name}-${isoDate(new Date(), getSettings().timeZone)}.csv`;
  return new Response(body, {
    headers: {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": `attachment; filename="${file}"`,
      "Cache-Control": "private, no-store",
    },
  });
}

import { connection } from "next/server";
import { readiness } from "#lib/server/readiness.ts";

const headers = { "Cache-Control": "no-store" };

/**
 * Tells a load balancer whether the database can be read and written. If not, the answer has a short reason and the
 * server's log has the details.
 */
export async function GET(): Promise<Response> {
  await connection();
  const readinessNow = readiness();
  return readinessNow.ready
    ? Response.json({ status: "ready" }, { headers })
    : Response.json({ status: "not ready", reason: readinessNow.reason }, { status: 503, headers });
}

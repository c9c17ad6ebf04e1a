import { connection } from "next/server";
import { readiness } from "#lib/server/readiness.ts";

const headers = { "Cache-Control": "no-store" };

/** The database can be read and written: send people here. Why not is in the server's log, and in a word here. */
export async function GET(): Promise<Response> {
  await connection();
  const found = readiness();
  return found.ready
    ? Response.json({ status: "ready" }, { headers })
    : Response.json({ status: "not ready", reason: found.reason }, { status: 503, headers });
}

import { connection } from "next/server";
import { database } from "#db/client.ts";
import { prepareDataDirectory } from "#db/data-directory.ts";

const headers = { "Cache-Control": "no-store" };

/** The database answers and its folder can be written: send people here. Why not is in the server's own output. */
export async function GET(): Promise<Response> {
  await connection();
  try {
    prepareDataDirectory();
    database().$client.prepare("SELECT count(*) FROM settings").get();
    return Response.json({ status: "ready" }, { headers });
  } catch (error) {
    console.error("Not ready:", error instanceof Error ? error.message : error);
    return Response.json({ status: "not ready" }, { status: 503, headers });
  }
}

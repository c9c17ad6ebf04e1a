import { connection } from "next/server";
import { config } from "#lib/config.ts";
import { isMetricsBearer, metricsText } from "#lib/server/metrics.ts";

const headers = { "Cache-Control": "no-store" };

/** Prometheus' metrics. A request needs the token of `METRICS_TOKEN`. If that is not set, the page does not exist. */
export async function GET(request: Request): Promise<Response> {
  await connection();
  const { metricsToken: token } = config();
  if (token === null) return new Response("Not found\n", { status: 404, headers });
  if (!isMetricsBearer(request.headers.get("authorization"), token)) {
    return new Response("This needs the token of METRICS_TOKEN.\n", {
      status: 401,
      headers: { ...headers, "WWW-Authenticate": "Bearer" },
    });
  }
  const { text, contentType } = await metricsText();
  return new Response(text, { headers: { ...headers, "Content-Type": contentType } });
}

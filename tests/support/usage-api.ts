import { POST as postEvents } from "#app/api/v1/events/route.ts";
import { POST as postReverse } from "#app/api/v1/usage/[id]/reverse/route.ts";
import { POST as postBatch } from "#app/api/v1/usage/batch/route.ts";
import { GET as getCheck } from "#app/api/v1/usage/check/route.ts";
import { POST as postUsage } from "#app/api/v1/usage/route.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { operator, requestId, value } from "./builders.ts";

/** What a handler answered; `json` is the body as an application reads it. */
export type Answered = { status: number; headers: Headers; json: Record<string, unknown> };

/** A key of an organization (its row id), or of the whole enterprise. */
export async function newKey(organization: number | null): Promise<string> {
  return value(await createApiKey({ organization, name: "tests", expires: null }, operator)).key;
}

async function answered(promised: Promise<Response>): Promise<Answered> {
  const response = await promised;
  return { status: response.status, headers: response.headers, json: await response.json() };
}

/** The handlers as the server calls them, with one key. A body that is not text or bytes is sent as JSON. */
export function application(key: string | null) {
  const post = (
    handler: (request: Request) => Promise<Response>,
    path: string,
    body: unknown,
    headers: Record<string, string | null>,
  ) => {
    const sentHeaders = new Headers({ "Content-Type": "application/json", "X-Forwarded-For": "10.0.0.7" });
    if (key !== null) sentHeaders.set("Authorization", `Bearer ${key}`);
    for (const [name, text] of Object.entries(headers)) {
      if (text === null) sentHeaders.delete(name);
      else sentHeaders.set(name, text);
    }
    const raw = typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
    return answered(
      handler(
        new Request(`http://localhost/api/v1/${path}`, {
          method: "POST",
          headers: sentHeaders,
          body: (raw ? body : JSON.stringify(body)) as BodyInit,
          ...(body instanceof ReadableStream && { duplex: "half" }),
        }),
      ),
    );
  };
  return {
    usage: (body: unknown, headers: Record<string, string | null> = {}) =>
      post(postUsage, "usage", body, headers),
    batch: (body: unknown, headers: Record<string, string | null> = {}) =>
      post(postBatch, "usage/batch", body, headers),
    events: (body: unknown, headers: Record<string, string | null> = {}) =>
      post(postEvents, "events", body, headers),
    reverse: (id: string, body: unknown = "", headers: Record<string, string | null> = {}) =>
      post(postReverse, `usage/${encodeURIComponent(id)}/reverse`, body, headers),
    check: (query: string) =>
      answered(
        getCheck(
          new Request(`http://localhost/api/v1/usage/check?${query}`, {
            headers: key === null ? {} : { Authorization: `Bearer ${key}` },
          }),
        ),
      ),
  };
}

/** A body for the usage API: ana spends one credit in LAW. `change` replaces fields; undefined leaves one out. */
export function body(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: requestId(),
    organization: "LAW",
    member: "ana@example.edu",
    application: "essay-coach",
    credits: "1",
    ...change,
  };
}

/** The same as JSON text, with one field's value as it is written there. */
export function bodyText(field: string, json: string): string {
  const { [field]: _, ...rest } = body();
  return `${JSON.stringify(rest).slice(0, -1)},${JSON.stringify(field)}:${json}}`;
}

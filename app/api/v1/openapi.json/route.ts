import { handlersBeside } from "#app/api/v1/application.ts";
import { openApiDocument } from "#lib/usage/openapi.ts";

let text: string | undefined;

/** The API's description. It is public, because it has nothing of this portal in it. */
export function GET(): Response {
  text ??= JSON.stringify(openApiDocument());
  return new Response(text, {
    headers: { "Content-Type": "application/json", "Cache-Control": "no-cache" },
  });
}

export const { POST, PUT, PATCH, DELETE, OPTIONS } = handlersBeside("GET");

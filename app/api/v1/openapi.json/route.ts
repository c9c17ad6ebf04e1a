import { handlersBeside } from "#app/api/v1/application.ts";
import { openApiDocument } from "#lib/usage/openapi.ts";

let text: string | undefined;

/** The API's description, for anybody: it says nothing about this portal. */
export function GET(): Response {
  text ??= JSON.stringify(openApiDocument());
  return new Response(text, {
    headers: { "Content-Type": "application/json", "Cache-Control": "no-cache" },
  });
}

export const { POST, PUT, PATCH, DELETE, OPTIONS } = handlersBeside("GET");

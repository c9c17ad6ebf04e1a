import { readFileSync } from "node:fs";
import path from "node:path";
import { handlersBeside } from "#app/api/v1/application.ts";

let text: string | undefined;

/** The guide for authors of applications, as text. It is public, because it has nothing of this portal in it. */
export function GET(): Response {
  text ??= readFileSync(path.join(process.cwd(), "docs", "usage-api.md"), "utf8");
  return new Response(text, {
    headers: { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache" },
  });
}

export const { POST, PUT, PATCH, DELETE, OPTIONS } = handlersBeside("GET");

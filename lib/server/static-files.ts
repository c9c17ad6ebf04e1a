import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";

/** The codings that scripts/compress.mjs stores, the smallest first, and the endings of their files. */
const CODINGS = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;
const TYPES: Record<string, string> = {
  ".js": "application/javascript; charset=UTF-8",
  ".css": "text/css; charset=UTF-8",
};
/** A changed file gets another name, so a browser may keep it for a year without asking again. */
const CACHE_CONTROL = "public, max-age=31536000, immutable";

/** A script or stylesheet: its Content-Type, and by coding the file that has it compressed. */
type CompressedFile = { type: string; files: ReadonlyMap<string, string> };

/**
 * Whether a client takes a coding (RFC 9110, 12.5.3). Only a coding that the header names is taken: "*" leaves the answer to
 * Next.
 */
export function acceptsCoding(header: string | undefined, coding: string): boolean {
  return (header ?? "").split(",").some((part) => {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    return (
      name === coding && !parameters.some((text) => text.startsWith("q=") && Number(text.slice(2)) === 0)
    );
  });
}

/** The compressed files of a build by their address, such as "/_next/static/chunks/a.js". None if there is no build. */
function compressedFiles(folder: string): ReadonlyMap<string, CompressedFile> {
  const compressed = new Map<string, CompressedFile>();
  const names = new Set(listFiles(folder));
  for (const name of names) {
    const type = TYPES[path.extname(name)];
    if (!type) continue;
    const files = new Map(
      CODINGS.filter(([, ending]) => names.has(name + ending)).map(([coding, ending]) => [
        coding,
        path.join(folder, name + ending),
      ]),
    );
    if (files.size > 0) compressed.set(`/_next/static/${name.split(path.sep).join("/")}`, { type, files });
  }
  return compressed;
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
}

/** A script or stylesheet of the build in a coding that the client takes. */
export type CodedFile = { name: string; type: string; coding: string };

/**
 * Finds the build's scripts and stylesheets that are stored compressed. Next compresses while it sends, at every request, and
 * not as well.
 *
 * @param folder the build's static files
 * @returns a function that gives the file to send, or null if the address is of something else, the client takes none of the
 * codings or wants a part of the file
 */
export function staticFiles(folder = path.join(".next", "static")) {
  const compressed = compressedFiles(folder);
  return ({
    method,
    url = "",
    headers,
  }: Pick<IncomingMessage, "method" | "url" | "headers">): CodedFile | null => {
    const file = compressed.get(url);
    if (!file || (method !== "GET" && method !== "HEAD") || headers.range !== undefined) return null;
    const accepted = String(headers["accept-encoding"] ?? "");
    for (const [coding, name] of file.files) {
      if (acceptsCoding(accepted, coding)) return { name, type: file.type, coding };
    }
    return null;
  };
}

/** @returns false, without an answer, if the file is gone */
export async function sendFile(
  { name, type, coding }: CodedFile,
  response: ServerResponse,
): Promise<boolean> {
  const body = await readFile(name).catch(() => null);
  if (body === null) return false;
  response.writeHead(200, {
    "Content-Type": type,
    "Content-Encoding": coding,
    "Content-Length": body.length,
    "Cache-Control": CACHE_CONTROL,
    Vary: "Accept-Encoding",
  });
  // Node leaves out the body of an answer to HEAD.
  response.end(body);
  return true;
}

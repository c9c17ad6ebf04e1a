import { gzipSync } from "node:zlib";
import type { Client } from "./client.ts";

export type Weight = { htmlGzip: number; scriptsGzip: number; scripts: number };

/** What a browser loads for a page, compressed as `gzip -6` does: the document, and every script it names. */
export async function weigh(client: Client, path: string): Promise<Weight> {
  const html = (await client.send({ path })).body;
  const sources = new Set<string>();
  for (const [tag] of html.toString().matchAll(/<script\b[^>]*>/g)) {
    // Scripts for old browsers, which no current browser loads.
    if (/\bnomodule\b/i.test(tag)) continue;
    const source = /\bsrc="([^"]+)"/.exec(tag)?.[1];
    if (source) sources.add(source);
  }
  let scriptsGzip = 0;
  for (const source of sources) scriptsGzip += gzipSync((await client.send({ path: source })).body).length;
  return { htmlGzip: gzipSync(html).length, scriptsGzip, scripts: sources.size };
}

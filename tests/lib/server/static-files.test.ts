import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { acceptsCoding, sendFile, staticFiles } from "#lib/server/static-files.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";

// Plain JavaScript, which has no types.
const { compressStaticFiles } = (await import(path.resolve("scripts", "compress.mjs"))) as {
  compressStaticFiles: (folder: string) => void;
};

const SCRIPT =
  "console.log('a long line that repeats, a long line that repeats, a long line that repeats');\n";
const STYLES = ".a{color:red}.b{color:red}.c{color:red}.d{color:red}.e{color:red}.f{color:red}.g{color:red}";

let folder: string;
let close = () => {};
beforeEach(() => {
  folder = makeTemporaryDirectory();
  mkdirSync(path.join(folder, "chunks"));
  writeFileSync(path.join(folder, "chunks", "a.js"), SCRIPT);
  writeFileSync(path.join(folder, "chunks", "b.css"), STYLES);
  writeFileSync(path.join(folder, "chunks", "inter.woff2"), "wOF2");
  compressStaticFiles(folder);
});
afterEach(() => {
  close();
  removeDirectory(folder);
});

type Answer = { status: number; headers: Record<string, unknown>; body: Buffer };

/** Asks a server that leaves to "Next" what is not stored compressed. */
async function ask(target: string, headers: Record<string, string>, method = "GET"): Promise<Answer> {
  const staticFile = staticFiles(folder);
  const server = createServer(async (request, response) => {
    const file = staticFile(request);
    if (!file || !(await sendFile(file, response))) response.end("Next");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  close = () => server.close();
  const { port } = server.address() as AddressInfo;
  const sent = get({ port, host: "127.0.0.1", path: target, headers, method, agent: false });
  const [answer] = await once(sent, "response");
  const body = Buffer.concat(await answer.toArray());
  return { status: answer.statusCode, headers: answer.headers, body };
}

it("stores each script and stylesheet in two codings, which unpack to the same", () => {
  const chunks = path.join(folder, "chunks");
  const read = (name: string) => readFileSync(path.join(chunks, name));
  expect(readdirSync(chunks).sort()).toEqual([
    "a.js",
    "a.js.br",
    "a.js.gz",
    "b.css",
    "b.css.br",
    "b.css.gz",
    "inter.woff2",
  ]);
  expect(brotliDecompressSync(read("a.js.br")).toString()).toBe(SCRIPT);
  expect(gunzipSync(read("a.js.gz")).toString()).toBe(SCRIPT);
  expect(brotliDecompressSync(read("b.css.br")).toString()).toBe(STYLES);
  expect(gunzipSync(read("b.css.gz")).toString()).toBe(STYLES);
});

it("sends a script in the smallest coding that the client takes, and lets it be kept a year", async () => {
  const { status, headers, body } = await ask("/_next/static/chunks/a.js", {
    "accept-encoding": "gzip, deflate, br, zstd",
  });
  expect([status, brotliDecompressSync(body).toString()]).toEqual([200, SCRIPT]);
  expect(headers).toMatchObject({
    "content-type": "application/javascript; charset=UTF-8",
    "content-encoding": "br",
    "content-length": String(body.length),
    "cache-control": "public, max-age=31536000, immutable",
    vary: "Accept-Encoding",
  });
});

it("sends a stylesheet as gzip to a client that takes no other", async () => {
  const { headers, body } = await ask("/_next/static/chunks/b.css", { "accept-encoding": "br;q=0, gzip" });
  expect(gunzipSync(body).toString()).toBe(STYLES);
  expect(headers).toMatchObject({ "content-type": "text/css; charset=UTF-8", "content-encoding": "gzip" });
});

it("answers HEAD with the headers alone", async () => {
  const { headers, body } = await ask("/_next/static/chunks/a.js", { "accept-encoding": "br" }, "HEAD");
  expect(headers).toMatchObject({
    "content-encoding": "br",
    "content-type": "application/javascript; charset=UTF-8",
  });
  expect(body.length).toBe(0);
});

it.each([
  ["a client that takes no coding", "/_next/static/chunks/a.js", {}],
  [
    "a client that wants a part",
    "/_next/static/chunks/a.js",
    { "accept-encoding": "br", range: "bytes=0-9" },
  ],
  ["a query", "/_next/static/chunks/a.js?x=1", { "accept-encoding": "br" }],
  ["a file that is not compressed", "/_next/static/chunks/inter.woff2", { "accept-encoding": "br" }],
  ["a compressed file by its own name", "/_next/static/chunks/a.js.br", { "accept-encoding": "br" }],
  ["a path that leaves the folder", "/_next/static/chunks/../chunks/a.js", { "accept-encoding": "br" }],
  ["a page", "/organizations", { "accept-encoding": "br" }],
])("leaves %s to Next", async (_case, target, headers) => {
  expect((await ask(target, headers as Record<string, string>)).body.toString()).toBe("Next");
});

it("leaves other methods to Next", async () => {
  const { body } = await ask("/_next/static/chunks/a.js", { "accept-encoding": "br" }, "POST");
  expect(body.toString()).toBe("Next");
});

it("leaves a file that is gone since the start to Next", async () => {
  const staticFile = staticFiles(folder);
  rmSync(path.join(folder, "chunks", "a.js.br"));
  const file = staticFile({
    method: "GET",
    url: "/_next/static/chunks/a.js",
    headers: { "accept-encoding": "br" },
  });
  expect(file?.coding).toBe("br");
  expect(file && (await sendFile(file, {} as never))).toBe(false);
});

it("finds nothing where there is no build", () => {
  const find = staticFiles(path.join(folder, "none"));
  expect(
    find({ method: "GET", url: "/_next/static/chunks/a.js", headers: { "accept-encoding": "br" } }),
  ).toBeNull();
});

it.each([
  ["br", true],
  ["gzip, deflate, br", true],
  ["gzip;q=1.0, BR;q=0.5", true],
  ["br;q=0", false],
  ["br; q=0.000", false],
  ["brotli", false],
  ["*", false],
  ["", false],
  [undefined, false],
])("reads the header %s", (header, expected) => {
  expect(acceptsCoding(header, "br")).toBe(expected);
});

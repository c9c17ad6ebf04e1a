import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { readUploadForm } from "#app/imports/upload-form.ts";
import { dataDirectory } from "#db/data-directory.ts";
import { importPath } from "#lib/imports/commands.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const folder = () => path.join(dataDirectory(), "imports");
const filesStored = () => (existsSync(folder()) ? readdirSync(folder()) : []);

function formOf(content: string | Uint8Array, { name = "units.csv", mode = "both" } = {}): FormData {
  const form = new FormData();
  form.set("file", new File([typeof content === "string" ? content : new Uint8Array(content)], name));
  form.set("mode", mode);
  return form;
}

async function encoded(form: FormData): Promise<{ type: string; body: Buffer }> {
  const whole = new Response(form);
  return {
    type: whole.headers.get("content-type") ?? "",
    body: Buffer.from(await whole.arrayBuffer()),
  };
}

/** A request whose body arrives in these pieces, without a Content-Length. */
function arriving(type: string, pieces: Iterable<Uint8Array>, announced?: number): Request {
  const iterator = pieces[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  const headers: Record<string, string> = { "content-type": type };
  if (announced !== undefined) headers["content-length"] = String(announced);
  return new Request("http://localhost/", { method: "POST", headers, body, duplex: "half" } as RequestInit);
}

async function readForm(form: FormData) {
  const { type, body } = await encoded(form);
  return readUploadForm(arriving(type, [body]));
}

describe("an upload form", () => {
  it("is read with its file stored, closed to other accounts, and its mode", async () => {
    const form = await readForm(formOf("name,code\nÉcole,E\n"));
    expect(form).toEqual({
      file: { id: expect.stringMatching(/^[\w-]{22}$/), name: "units.csv", byteLength: 19 },
      mode: "both",
    });
    const id = typeof form === "string" ? "" : form.file.id;
    expect(readFileSync(importPath(id), "utf8")).toBe("name,code\nÉcole,E\n");
    expect(filesStored()).toEqual([`${id}.csv`]);
  });

  it("is the same in whatever pieces it arrives", async () => {
    const content = Buffer.from('name,code\r\n"--x\r\n--",E\r\n\r\n--');
    const { type, body } = await encoded(formOf(content));
    const cuts = fc.uniqueArray(fc.nat(body.length), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const at = [0, ...places.sort((one, other) => one - other), body.length];
        const pieces = at.slice(1).map((end, index) => body.subarray(at[index], end));
        const form = await readUploadForm(arriving(type, pieces));
        if (typeof form === "string") throw new Error(form);
        expect([form.mode, form.file.byteLength]).toEqual(["both", content.length]);
        expect(readFileSync(importPath(form.file.id))).toEqual(content);
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ["quotes", 'the "new" ones.csv', 'the "new" ones.csv'],
    ["letters of any script", "大学 – École.csv", "大学 – École.csv"],
    ["slashes, as no browser sends them", "a/</script>/units\\x.csv", "a/</script>/units\\x.csv"],
    ["300 letters, of which 200 are kept", "x".repeat(300), "x".repeat(200)],
  ])("may have a file name with %s", async (_, name, stored) => {
    expect(await readForm(formOf("a", { name }))).toMatchObject({ file: { name: stored } });
  });

  it("adds rows when it has no mode, or one that there is not", async () => {
    const form = new FormData();
    form.set("file", new File(["a"], "a.csv"));
    expect(await readForm(form)).toMatchObject({ mode: "add" });
    expect(await readForm(formOf("a", { mode: "x" }))).toMatchObject({ mode: "add" });
  });

  it("ignores files of other names, and all but the first of two", async () => {
    const form = new FormData();
    form.append("other", new File(["x".repeat(200_000)], "other.csv"));
    form.append("file", new File(["first"], "first.csv"));
    form.append("file", new File(["second"], "second.csv"));
    expect(await readForm(form)).toMatchObject({ file: { name: "first.csv", byteLength: 5 } });
    expect(filesStored()).toHaveLength(1);
  });
});

describe("nothing is stored of", () => {
  const MB = 1024 * 1024;
  /** The pieces of a form whose file has this many bytes. */
  function* large(type: string, bytes: number): Iterable<Uint8Array> {
    const boundary = /boundary=(.+)$/.exec(type)?.[1] ?? "";
    yield Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n`,
    );
    for (let sent = 0; sent < bytes; sent += MB) yield Buffer.alloc(Math.min(MB, bytes - sent), "x");
    yield Buffer.from(`\r\n--${boundary}--\r\n`);
  }
  const TYPE = "multipart/form-data; boundary=----x";

  it("a form without a file, or with an empty one", async () => {
    expect(await readForm(new FormData())).toBe("empty");
    expect(await readForm(formOf(""))).toBe("empty");
    const text = new FormData();
    text.set("file", "name,code");
    expect(await readForm(text)).toBe("empty");
    expect(filesStored()).toEqual([]);
  });

  test.each([
    ["no form", "text/csv", "name,code\n"],
    ["a form without files", "application/x-www-form-urlencoded", "file=name"],
    ["a form without a boundary", "multipart/form-data", "--x\r\n\r\n--x--"],
    ["nothing", TYPE, ""],
    ["other parts", TYPE, "--y\r\n\r\n--y--\r\n"],
    ["what ends in the middle of a header", TYPE, "------x\r\nContent-Disp"],
    [
      "what ends in the middle of a file",
      TYPE,
      '------x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nname,co',
    ],
  ])("%s", async (_, type, body) => {
    expect(await readUploadForm(arriving(type, [Buffer.from(body)]))).toBe("empty");
    expect(filesStored()).toEqual([]);
  });

  it("a client that goes away", async () => {
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        for (const piece of large(TYPE, MB)) return controller.enqueue(piece);
      },
    });
    const cutOff = body.pipeThrough(
      new TransformStream({
        transform(_piece, controller) {
          controller.error(new Error("aborted"));
        },
      }),
    );
    const init = { method: "POST", headers: { "content-type": TYPE }, body: cutOff, duplex: "half" };
    expect(await readUploadForm(new Request("http://localhost/", init))).toBe("empty");
    expect(filesStored()).toEqual([]);
  });

  it("a file that is too large, by what is announced, by what arrives, and by the file alone", async () => {
    const announced = arriving(TYPE, large(TYPE, MB), 40 * MB);
    expect(await readUploadForm(announced)).toBe("large");
    expect(announced.bodyUsed).toBe(false);
    expect(await readUploadForm(arriving(TYPE, large(TYPE, 40 * MB)))).toBe("large");
    expect(await readUploadForm(arriving(TYPE, large(TYPE, 32 * MB + 1)))).toBe("large");
    expect(filesStored()).toEqual([]);
    expect(await readUploadForm(arriving(TYPE, large(TYPE, 32 * MB)))).toMatchObject({
      file: { byteLength: 33_554_432 },
    });
  });

  it("a file that cannot be stored, whose rest is read", async () => {
    // A file where the folder should be.
    writeFileSync(folder(), "");
    await expect(readForm(formOf(Buffer.alloc(MB)))).rejects.toThrow(/EEXIST|ENOTDIR/);
  });
});

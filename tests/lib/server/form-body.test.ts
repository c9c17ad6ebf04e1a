import { expect, test } from "vitest";
import { isReadableForm } from "#lib/server/form-body.ts";

function form(fields: Iterable<[string, string]>): FormData {
  const data = new FormData();
  for (const [name, value] of fields) data.append(name, value);
  return data;
}

const times = (count: number, field: (index: number) => [string, string]) =>
  form(Array.from({ length: count }, (_, index) => field(index)));

async function isReadable(body: BodyInit, type?: string): Promise<boolean> {
  const sent = new Response(body);
  return isReadableForm(Buffer.from(await sent.bytes()), type ?? sent.headers.get("content-type") ?? "");
}

const FORM = form([
  ["$ACTION_REF_1", ""],
  ["$ACTION_1:0", '{"id":"60aa","bound":"$@1"}'],
  ["$ACTION_1:1", "[{}]"],
  ["name", "Law"],
  ["note", ""],
]);

test.each<[string, BodyInit]>([
  ["a form of a page", FORM],
  [
    "a form with a file",
    (() => {
      const data = form([["kind", "members"]]);
      data.set("file", new File(["a\r\n--b\r\n\r\n"], "a.csv"));
      return data;
    })(),
  ],
  ["a form without a field", new FormData()],
  ["1,000 fields", times(1_000, (index) => ["ids", String(index)])],
  ["1,000 references", times(1, () => ["0", JSON.stringify(Array(1_000).fill("$2"))])],
  ["no form", "a=b"],
  ["nothing", ""],
])("%s is readable", async (_, body) => {
  expect(await isReadable(body)).toBe(true);
});

test.each<[string, BodyInit]>([
  ["1,001 fields", times(1_001, () => ["", ""])],
  ["a name of 1,100 bytes", form([["n".repeat(1_100), ""]])],
  ["1,001 references in a field", form([["0", JSON.stringify(Array(1_001).fill("$2"))]])],
  [
    "1,001 references in two fields",
    form([
      ["0", JSON.stringify(Array(1_000).fill("$2"))],
      ["1", '"$3"'],
    ]),
  ],
  ["1,001 references in text", JSON.stringify(Array(1_001).fill("$2"))],
])("%s is not readable", async (_, body) => {
  expect(await isReadable(body)).toBe(false);
});

test("a form that is cut off, or that another boundary separates, is not readable", async () => {
  const sent = new Response(FORM);
  const type = sent.headers.get("content-type") ?? "";
  const bytes = await sent.bytes();
  expect(await isReadable(bytes, type)).toBe(true);
  expect(await isReadable(bytes, type.replace(/boundary=(.*)/, 'boundary="$1"'))).toBe(true);
  for (const other of [
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=",
    `multipart/form-data; boundary=${"x".repeat(71)}`,
    "multipart/mixed; boundary=x",
  ]) {
    expect([other, await isReadable(bytes, other)]).toEqual([other, false]);
  }
  for (let length = 0; length < bytes.length - 4; length += 1) {
    expect([length, await isReadable(bytes.slice(0, length), type)]).toEqual([length, false]);
  }
});

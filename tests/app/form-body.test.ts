import { expect, test } from "vitest";
import { refuseUnreadableForm } from "#app/form-body.ts";

const PAGE = "http://localhost/organizations/new";

function form(fields: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return data;
}

async function status(body: BodyInit, headers: Record<string, string> = {}): Promise<number | null> {
  const sent = new Request(PAGE, { method: "POST", body });
  for (const [name, value] of Object.entries(headers)) sent.headers.set(name, value);
  return (await refuseUnreadableForm(sent))?.status ?? null;
}

const call = { "next-action": "60aa" };
const FORM = { $ACTION_REF_1: "", "$ACTION_1:0": '{"id":"60aa","bound":"$@1"}', "$ACTION_1:1": "[{}]" };

test.each([
  ["a form of a page", form({ ...FORM, name: "Law" })],
  ["a form by the action's id", form({ $ACTION_ID_60aa: "", theme: "dark" })],
  ["a body that is no form", "a=b"],
])("passes %s", async (_, body) => {
  expect(await status(body)).toBeNull();
});

test.each([
  ["with a form", form({ "0": '[{},"$K1"]', _1_name: "Law" }), {}],
  ["as text", "[]", { "content-type": "text/plain" }],
  [
    "after a refusal",
    form({ "0": '["$@1","$K2"]', "1": '{"values":{"note":"$$5"},"errors":"$undefined"}' }),
    {},
  ],
])("passes an action called %s", async (_, body, headers) => {
  expect(await status(body, { ...call, ...headers })).toBeNull();
});

test("refuses a form that is cut off, of another boundary, or not what React put there", async () => {
  const whole = new Response(form(FORM));
  const type = { "content-type": whole.headers.get("content-type") ?? "" };
  const bytes = await whole.bytes();
  expect(await status(bytes.slice(0, -20), type)).toBe(400);
  expect(await status(bytes, { "content-type": "multipart/form-data; boundary=x" })).toBe(400);
  expect(await status(bytes, { "content-type": "multipart/form-data" })).toBe(400);
  expect(await status(form({ ...FORM, "$ACTION_1:1": "0.0߃" }))).toBe(400);
  expect(await status(form({ $ACTION_REF_1: "" }))).toBe(400);
  expect(await status(form({ ...FORM, "$ACTION_1:1": "null" }))).toBe(400);
  const { "$ACTION_1:1": _, ...cut } = FORM;
  expect(await status(form(cut))).toBe(400);
});

test.each([
  ["no arguments", form({ _1_name: "Law" })],
  ["arguments that are no list", form({ "0": "{}" })],
  ["arguments that are no JSON", form({ "0": "[", "1": "{}" })],
  ["a part that is no JSON", form({ "0": '["$1"]', "1": "{" })],
  ["a part that is not there", form({ "0": '[{},"$@1"]' })],
  ["what no page of ours sends", form({ "0": '[{},"$n1x"]' })],
  ["text that is no list", "{}"],
  ["nothing", ""],
])("refuses an action called with %s", async (_, body) => {
  expect(await status(body, call)).toBe(400);
});

test("refuses what is larger than Next reads, announced or not", async () => {
  expect(await status("x".repeat(1024 * 1024))).toBeNull();
  expect(await status("x".repeat(1024 * 1024 + 1))).toBe(413);
  const piece = new Uint8Array(1024 * 1024);
  const stream = new Request(PAGE, {
    method: "POST",
    body: new Blob([piece, piece]).stream(),
    duplex: "half",
  } as RequestInit);
  expect((await refuseUnreadableForm(stream))?.status).toBe(413);
});

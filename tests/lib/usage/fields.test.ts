import { describe, expect, it, test } from "vitest";
import { parseJson } from "#lib/json.ts";
import { readBinary } from "#lib/usage/rules/cloud-events.ts";
import { readAmount } from "#lib/usage/rules/event.ts";
import { ofEntry, readCheck, readCloudEvent, readUsage } from "#lib/usage/rules/wire/read.ts";

const parsed = (text: string) => {
  const result = parseJson(new TextEncoder().encode(text));
  if (!result.ok) throw new Error(result.message);
  return result.value;
};

const EVENT = { id: "a", member: "ana@example.edu", application: "x", credits: "1" };
const usage = (change: object) => readUsage(parsed(JSON.stringify({ ...EVENT, ...change })));

const CLOUD_EVENT = {
  ...{ specversion: "1.0", id: "a", source: "/s", type: "t", subject: "ana@example.edu" },
  data: { application: "x", credits: "1" },
};
const cloudEvent = (change: object) => readCloudEvent(parsed(JSON.stringify({ ...CLOUD_EVENT, ...change })));

/** What a read refuses, by field. */
const faults = (read: ReturnType<typeof readUsage>) =>
  read.ok ? [] : read.errors.map(({ field, detail }) => `${field}: ${detail}`);

describe("an event of the plain API", () => {
  it("is read whole", () => {
    expect(
      usage({ organization: " LAW ", occurredAt: "2026-11-23T18:00:00+08:00", metadata: { model: "m" } }),
    ).toEqual({
      ok: true,
      value: {
        id: "a",
        source: "",
        organization: "LAW",
        member: "ana@example.edu",
        application: "x",
        credits: 1_000_000n,
        occurredAt: new Date("2026-11-23T10:00:00Z"),
        metadata: '{"model":"m"}',
      },
    });
    expect(usage({})).toEqual({
      ok: true,
      value: {
        ...{ id: "a", source: "", organization: null, member: "ana@example.edu", application: "x" },
        ...{ credits: 1_000_000n, occurredAt: null, metadata: null },
      },
    });
  });

  test.each([
    [{ id: undefined }, "id: Is missing."],
    [{ id: "" }, "id: Must not be empty."],
    [{ id: "x".repeat(201) }, "id: At most 200 characters; this has 201."],
    [{ id: "x".repeat(401) }, "id: At most 200 characters; this has more."],
    [{ id: "x".repeat(400) }, "id: At most 200 characters; this has 400."],
    [{ id: 7 }, "id: Must be a string."],
    [{ application: "x".repeat(101) }, "application: At most 100 characters; this has 101."],
    [{ application: " ".repeat(1_001) }, "application: At most 1000 characters; this has 1001."],
    [{ application: " " }, "application: Must not be empty."],
    [{ credits: undefined }, "credits: Is missing."],
    [{ credits: "-1" }, "credits: Must not be negative."],
    [{ credits: "1,000" }, "credits: Write it without thousands separators: 1000."],
    [{ credits: "1,000,000.55" }, "credits: Write it without thousands separators: 1000000.55."],
    [{ credits: "1,000." }, "credits: Must be a number such as 1000 or 0.5."],
    [{ credits: "1,00" }, "credits: Must be a number such as 1000 or 0.5."],
    [{ credits: "x1" }, "credits: Must be a number such as 1000 or 0.5."],
    [{ credits: "1x" }, "credits: Must be a number such as 1000 or 0.5."],
    [{ credits: "1e3" }, "credits: Must be a number such as 1000 or 0.5."],
    [{ credits: "1000000000000.0000005" }, "credits: At most 1,000,000,000,000."],
    [{ credits: "0".repeat(401) }, "credits: At most 400 characters."],
    [
      { occurredAt: "2026-11-23T10:00:00" },
      "occurredAt: Must be an instant in ISO 8601 with a time zone, such as 2026-11-23T10:00:00Z.",
    ],
    [
      { occurredAt: `2026-11-23T10:00:00.${"0".repeat(44)}Z` },
      "occurredAt: Must be an instant in ISO 8601 with a time zone, such as 2026-11-23T10:00:00Z.",
    ],
    [{ occurredAt: "1999-12-31T23:59:59.999Z" }, "occurredAt: Must not be before the year 2000."],
    [{ colour: 1 }, "colour: There is no such field."],
  ])("is refused with its field: %j", (change, fault) => {
    expect(faults(usage(change))).toEqual([fault]);
  });

  test("of the first instant of 2000, with 64 characters in its time, is accepted", () => {
    expect(usage({ occurredAt: "2000-01-01T00:00:00Z" }).ok).toBe(true);
    expect(usage({ occurredAt: `2026-11-23T10:00:00.${"0".repeat(43)}Z` }).ok).toBe(true);
  });

  it("names an entry of a list that is no object", () => {
    const read = ofEntry(readUsage(7), "events[3]");
    expect(read).toMatchObject({ ok: false, field: "events[3]" });
    expect(faults(ofEntry(usage({ id: "" }), "events[3]"))).toEqual(["id: Must not be empty."]);
    expect(ofEntry(usage({}), "events[3]").ok).toBe(true);
  });
});

describe("an amount", () => {
  test.each([
    ["0", "text", 0n],
    ["-0", "text", 0n],
    ["0.0000004", "text", 0n],
    ["0.0000005", "text", 1n],
    ["1000000000000", "text", 1_000_000_000_000_000_000n],
    ["1e12", "number", 1_000_000_000_000_000_000n],
    ["1.5E+3", "number", 1_500_000_000n],
    ["5e-7", "number", 1n],
    ["4e-7", "number", 0n],
    ["1e-6", "number", 1n],
    ["0e999999", "number", 0n],
    ["1e-999999", "number", 0n],
  ] as const)("%s as a %s is %i", (text, form, value) => {
    expect(readAmount(text, form)).toEqual({ ok: true, value });
  });

  test.each([
    ["1e13", "number"],
    ["1e999999", "number"],
    ["10e12", "number"],
  ] as const)("%s is too much", (text, form) => {
    expect(readAmount(text, form)).toEqual({ ok: false, message: "At most 1,000,000,000,000." });
  });
});

describe("a CloudEvent", () => {
  it("is read whole", () => {
    const data = { application: "x", credits: 2, organization: "LAW", metadata: { a: 1 } };
    expect(cloudEvent({ time: "2026-11-23T10:00:00Z", data })).toEqual({
      ok: true,
      value: {
        ...{ id: "a", source: "/s", member: "ana@example.edu", organization: "LAW", application: "x" },
        ...{ credits: 2_000_000n, occurredAt: null, time: new Date("2026-11-23T10:00:00Z") },
        metadata: '{"a":1}',
      },
    });
    expect(cloudEvent({ time: null, dataschema: null })).toMatchObject({
      ok: true,
      value: { organization: null, occurredAt: null, metadata: null },
    });
  });

  it("may have its member in its data, and its data in Base64", () => {
    const member = "Ana@example.edu";
    const data = { application: "x", credits: "1", member };
    expect(cloudEvent({ subject: undefined, data })).toMatchObject({ ok: true, value: { member } });
    expect(cloudEvent({ data })).toMatchObject({ ok: true, value: { member: "ana@example.edu" } });
    const data_base64 = Buffer.from(JSON.stringify(data)).toString("base64");
    expect(cloudEvent({ data: undefined, data_base64 })).toMatchObject({ ok: true });
  });

  test.each([
    [{ subject: undefined }, "subject: Must be the member's e-mail."],
    [
      { data: { application: "x", credits: "1", member: "bo@example.edu" } },
      "subject: Is another member than data.member.",
    ],
    [{ data_base64: "e30=" }, "data_base64: Send either data or data_base64."],
    [{ data: undefined, data_base64: "!" }, "data_base64: Is not Base64."],
    [{ data: undefined, data_base64: "eA==" }, "data_base64: The data must be JSON in UTF-8."],
    [{ data: { application: "x" } }, "data.credits: Is missing."],
  ])("is refused with its field: %j", (change, fault) => {
    expect(faults(cloudEvent(change))).toEqual([fault]);
  });

  const HEADERS = {
    ...{ "content-type": "application/json", "ce-specversion": "1.0", "ce-type": "t", "ce-id": "a" },
    ...{ "ce-source": "/s", "ce-subject": "ana@example.edu" },
  };
  const binary = (headers: Record<string, string>) =>
    readBinary(new Headers({ ...HEADERS, ...headers }), { application: "x", credits: "1" });

  test.each([
    ["a%20b", "a b"],
    ['"a b"', "a b"],
    ['"', '"'],
    ['"a', '"a'],
    ["\u00c3\u00a9", "é"],
    ["%C3%A9", "é"],
  ])("has in a header the id %j, which is %j", (header, id) => {
    expect(binary({ "ce-id": header })).toMatchObject({ ok: true, value: { id } });
  });

  test.each(["%", "%E9", "\u00e9"])("is refused with the id %j in a header", (header) => {
    expect(faults(binary({ "ce-id": header }))).toEqual([
      "id: Must be percent-encoded in a header (CloudEvents HTTP binding, section 3.1.3.2): write % as %25, and characters beyond ASCII as the bytes of their UTF-8.",
    ]);
  });
});

describe("the question of what may be spent", () => {
  const check = (query: string) => readCheck(new URLSearchParams(query));

  it("is read", () => {
    expect(check("member=ana@example.edu")).toEqual({
      ok: true,
      value: { member: "ana@example.edu", organization: null, credits: null },
    });
    expect(check("member=ana@example.edu&organization=LAW&credits=0.5")).toEqual({
      ok: true,
      value: { member: "ana@example.edu", organization: "LAW", credits: 500_000n },
    });
  });

  test.each([
    ["", ["member: Is missing."]],
    ["member=a@b.edu&member=c@d.edu", ["member: Comes more than once."]],
    ["member=a@b.edu&credits=x", ["credits: Must be a number such as 1000 or 0.5."]],
  ])("%j is refused", (query, expected) => {
    const read = check(query);
    expect(read.ok ? [] : read.errors.map(({ field, detail }) => `${field}: ${detail}`)).toEqual(expected);
  });
});

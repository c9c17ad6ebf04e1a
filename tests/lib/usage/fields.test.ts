import { describe, expect, it, test } from "vitest";
import { parseJson } from "#lib/json.ts";
import { modeOf, readBinary } from "#lib/usage/rules/cloud-events.ts";
import { readAmount, timeFault } from "#lib/usage/rules/event.ts";
import { allowanceExceeded, tooLittleCredits } from "#lib/usage/rules/refusals.ts";
import { readReversal } from "#lib/usage/rules/reversal.ts";
import { checkJson, reversedJson, usageJson } from "#lib/usage/rules/wire/answers.ts";
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
    [{ ["x".repeat(300)]: 1 }, `${"x".repeat(100)}: There is no such field.`],
    [{ organization: "" }, "organization: Must not be empty."],
    [{ organization: "x".repeat(65) }, "organization: At most 64 characters; this has 65."],
    [{ organization: "a\u200bb" }, "organization: Holds an invisible character (U+200B)."],
    [{ id: "a\u200bb" }, "id: Holds an invisible character (U+200B)."],
    [{ credits: true }, 'credits: Must be a decimal string such as "0.047", or a number.'],
    [{ credits: null }, 'credits: Must be a decimal string such as "0.047", or a number.'],
    [{ credits: "x1,000" }, "credits: Must be a number such as 1000 or 0.5."],
    [{ credits: "12,345" }, "credits: Write it without thousands separators: 12345."],
    [{ metadata: [] }, "metadata: Must be an object."],
    [{ metadata: { a: "x".repeat(4_089) } }, "metadata: At most 4096 characters as JSON; this has 4097."],
  ])("is refused with its field: %j", (change, fault) => {
    expect(faults(usage(change))).toEqual([fault]);
  });

  test("of the first instant of 2000, with 64 characters in its time, is accepted", () => {
    expect(usage({ occurredAt: "2000-01-01T00:00:00Z" }).ok).toBe(true);
    expect(usage({ occurredAt: `2026-11-23T10:00:00.${"0".repeat(43)}Z` }).ok).toBe(true);
  });

  it("may have metadata of 4,096 characters, and an organization of 64", () => {
    expect(usage({ metadata: { a: "x".repeat(4_088) }, organization: "x".repeat(64) }).ok).toBe(true);
  });

  it("is refused with all its faults, ten at most, and the first is the message", () => {
    const read = usage({ id: "", credits: "x" });
    expect(read).toMatchObject({ ok: false, message: "id: Must not be empty.", field: "id" });
    expect(faults(read)).toEqual([
      "id: Must not be empty.",
      "credits: Must be a number such as 1000 or 0.5.",
    ]);
    const unknown = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`x${at}`, 1]));
    expect(faults(usage(unknown)).length).toBe(faults(usage({ ...unknown, y: 1 })).length);
    expect(faults(usage({ id: "", ...unknown })).length).toBe(faults(usage(unknown)).length);
    expect(readUsage(parsed("7"))).toMatchObject({ ok: false, message: "The body: Must be an object." });
  });

  it("names an entry of a list that is no object", () => {
    const read = ofEntry(readUsage(7), "events[3]");
    expect(read).toMatchObject({
      ok: false,
      field: "events[3]",
      message: "events[3]: Must be an object.",
    });
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
    const umlaut = { ...data, application: "Über-Tutor" };
    const encoded = Buffer.from(JSON.stringify(umlaut)).toString("base64");
    expect(cloudEvent({ data: undefined, data_base64: encoded })).toMatchObject({
      value: { application: "Über-Tutor" },
    });
    expect(cloudEvent({ datacontenttype: "application/json" }).ok).toBe(true);
  });

  test.each([
    [{ subject: undefined }, "subject: Must be the member's email."],
    [
      { data: { application: "x", credits: "1", member: "bo@example.edu" } },
      "subject: Is another member than data.member.",
    ],
    [{ data_base64: "e30=" }, "data_base64: Send either data or data_base64."],
    [{ data: undefined, data_base64: "!" }, "data_base64: Is not Base64."],
    [{ data: undefined, data_base64: "eA==" }, "data_base64: The data must be JSON in UTF-8."],
    [{ data: { application: "x" } }, "data.credits: Is missing."],
    [{ source: "" }, "source: Must not be empty."],
    [{ source: null }, "source: Is missing."],
    [{ specversion: null }, 'specversion: Must be "1.0".'],
    [{ source: "a\u200bb" }, "source: Holds an invisible character."],
    [{ source: "/".repeat(501) }, "source: At most 500 characters; this has 501."],
    [{ type: "" }, "type: Must not be empty."],
    [{ specversion: "0.3" }, 'specversion: Must be "1.0".'],
    [{ datacontenttype: "text/plain" }, "datacontenttype: Must be application/json."],
    [{ data: { application: "x", credits: "1", colour: 1 } }, "data.colour: There is no such field."],
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

  it("has no other attribute in a header", () => {
    expect(binary({ "ce-extension": "%", "xy-id": "b" })).toMatchObject({ ok: true, value: { id: "a" } });
    const { "content-type": _, ...without } = HEADERS;
    expect(readBinary(new Headers(without), { application: "x", credits: "1" }).ok).toBe(true);
    expect(faults(binary({ "content-type": "text/plain" }))).toEqual([
      "datacontenttype: Must be application/json.",
    ]);
  });

  test.each([
    [" application/cloudevents+json ; charset=utf-8", "structured"],
    ["xapplication/json", null],
    [`application/${"x".repeat(183)}+json`, "json"],
    [`application/${"x".repeat(184)}+json`, null],
  ])("comes with the content type %j in the mode %j", (type, mode) => {
    expect(modeOf({ get: () => type, has: () => false } as unknown as Headers)).toBe(mode);
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

describe("the request to take an event back", () => {
  it("is an id alone, or has more", () => {
    expect(readReversal("a", undefined)).toEqual({
      ok: true,
      value: { id: "a", source: "", organization: null, note: null },
    });
    const body = { source: "/s", organization: "LAW", note: " charged  twice " };
    expect(readReversal("a", body)).toEqual({
      ok: true,
      value: { id: "a", source: "/s", organization: "LAW", note: "charged twice" },
    });
    expect(readReversal("a", { source: null, organization: null, note: null })).toMatchObject({
      value: { source: "", organization: null, note: null },
    });
  });

  test.each([
    ["", undefined, ["id: Must not be empty."]],
    ["a", { note: "x".repeat(201) }, ["note: At most 200 characters; this has 201."]],
    ["a", { colour: 1 }, ["colour: There is no such field."]],
    ["a", 7, [": Must be an object."]],
  ])("%j with %j is refused", (id, body, expected) => {
    const read = readReversal(id, body);
    expect(read.ok ? [] : read.errors.map(({ field, detail }) => `${field}: ${detail}`)).toEqual(expected);
  });
});

describe("answers", () => {
  const member = { email: "ana@example.edu", spentThisMonth: 1_500_000n, allowance: null, remaining: null };
  const organization = { code: "LAW", balance: 2_500_000n };

  it("have amounts as decimal texts, and null for no limit", () => {
    expect(usageJson({ id: "a", status: "recorded", credits: 500_000n, organization, member })).toEqual({
      ...{ id: "a", status: "recorded", credits: "0.5", organization: { code: "LAW", balance: "2.5" } },
      member: { email: "ana@example.edu", spentThisMonth: "1.5", allowance: null, remaining: null },
    });
    const limited = { ...member, allowance: 2_000_000n, remaining: 500_000n };
    expect(checkJson({ allowed: true, spendable: 500_000n, organization, member: limited })).toEqual({
      ...{ allowed: true, spendable: "0.5", organization: { code: "LAW", balance: "2.5" } },
      member: { email: "ana@example.edu", spentThisMonth: "1.5", allowance: "2", remaining: "0.5" },
    });
    expect(reversedJson({ id: "a", status: "reversed", credits: 500_000n, organization })).toEqual({
      ...{ id: "a", status: "reversed", credits: "0.5", organization: { code: "LAW", balance: "2.5" } },
    });
  });

  it("refuse with figures", () => {
    expect(tooLittleCredits("LAW", 2_500_000n, 3_000_000n)).toEqual({
      ...{ ok: false, code: "insufficient_credits", remaining: 2_500_000n },
      message: "LAW has 2.5 credits left; 3 are needed.",
      details: { balance: "2.5" },
    });
    const figures = { allowance: 2_000_000n, spentThisMonth: 1_500_000n, remaining: 500_000n };
    expect(allowanceExceeded("ana@example.edu", figures, 1_000_000n, 202_611)).toEqual({
      ...{ ok: false, code: "allowance_exceeded", remaining: 500_000n },
      message: "ana@example.edu has 0.5 of 2 credits left in 2026-11; 1 are needed.",
      details: { month: "2026-11", allowance: "2", spentThisMonth: "1.5", remaining: "0.5" },
    });
  });

  test.each([
    ["2026-11-24T10:05:00.000Z", 1, null],
    ["2026-11-24T10:05:00.001Z", 1, "Must not be in the future."],
    ["2026-11-23T10:00:00.000Z", 1, null],
    ["2026-11-23T09:59:59.999Z", 1, "Must not be more than 1 day ago."],
    ["2026-11-22T09:59:59.999Z", 2, "Must not be more than 2 days ago."],
    ["2000-01-01T00:00:00.000Z", null, null],
  ])("an event of %s, at most %j days late: %j", (at, days, fault) => {
    expect(timeFault(new Date(at), new Date("2026-11-24T10:00:00Z"), days)).toBe(fault);
  });
});

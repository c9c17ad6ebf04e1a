import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainCredits } from "#lib/credits.ts";
import { canonicalJson, parseJson } from "#lib/json.ts";
import { modeOf, readBinary } from "#lib/usage/rules/cloud-events.ts";
import { timeFault } from "#lib/usage/rules/event.ts";
import { isJsonType } from "#lib/usage/rules/wire/inputs.ts";
import { readCheck, readCloudEvent, readUsage } from "#lib/usage/rules/wire/read.ts";

const RUNS = { numRuns: 2_000 };
const bytes = (text: string) => new TextEncoder().encode(text);
const parsed = (text: string) => {
  const result = parseJson(bytes(text));
  if (!result.ok) throw new Error(result.message);
  return result.value;
};
const withCredits = (json: string) =>
  readUsage(parsed(`{"id":"a","member":"ana@example.edu","application":"x","credits":${json}}`));

const micro = fc.bigInt({ min: 1n, max: 10n ** 18n });

describe("amounts", () => {
  test("a decimal string means itself, exactly", () => {
    fc.assert(
      fc.property(micro, (amount) => {
        expect(withCredits(`"${plainCredits(amount)}"`)).toMatchObject({
          ok: true,
          value: { credits: amount },
        });
      }),
      RUNS,
    );
  });

  test("a number has the exact value of its text, in any notation", () => {
    fc.assert(
      fc.property(micro, fc.integer({ min: -12, max: 12 }), fc.nat(3), (amount, shift, zeros) => {
        const [whole = "", fraction = ""] = plainCredits(amount).split(".");
        // The same value with its point moved and an exponent that moves it back.
        const digits = `${"0".repeat(13)}${whole}${fraction.padEnd(13, "0")}`;
        const at = 13 + whole.length + shift;
        const text = `${BigInt(digits.slice(0, at))}.${digits.slice(at)}${"0".repeat(zeros)}e${-shift}`;
        expect(withCredits(text)).toMatchObject({ ok: true, value: { credits: amount } });
      }),
      RUNS,
    );
  });

  test("what has more than six decimals is rounded half up, once", () => {
    fc.assert(
      fc.property(
        micro,
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 }),
        (amount, more) => {
          const [whole = "", fraction = ""] = plainCredits(amount).split(".");
          const up = (more[0] ?? 0) >= 5 && amount < 10n ** 18n ? 1n : 0n;
          const text = `${whole}.${fraction.padEnd(6, "0")}${more.join("")}`;
          const read = withCredits(`"${text}"`);
          if (amount + up > 10n ** 18n || (amount === 10n ** 18n && (more[0] ?? 0) >= 5)) {
            expect(read.ok).toBe(false);
          } else expect(read).toMatchObject({ ok: true, value: { credits: amount + up } });
        },
      ),
      RUNS,
    );
  });

  test("whatever a float is, it is read to the nearest micro-credit or refused", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const read = withCredits(JSON.stringify(number));
        expect(read.ok).toBe(number >= 0 && number <= 1e12);
        if (read.ok && number < 1e9) {
          expect(Math.abs(Number(plainCredits(read.value.credits)) - number)).toBeLessThanOrEqual(
            0.000_000_6,
          );
        }
      }),
      RUNS,
    );
  });

  test.each([
    // To its 400 characters, and beyond.
    [`"0.${"0".repeat(398)}"`, true],
    [`"0.${"0".repeat(399)}"`, false],
    [`${"0".repeat(1)}.${"0".repeat(397)}1`, true],
    [`${"0".repeat(1)}.${"0".repeat(398)}1`, false],
  ])("%#: a long one by its length", (json, ok) => {
    expect(withCredits(json).ok).toBe(ok);
  });
});

describe("each bound, to the character", () => {
  const event = (change: Record<string, unknown>) =>
    readUsage(
      parsed(JSON.stringify({ id: "a", member: "a@b.edu", application: "x", credits: "1", ...change })),
    );
  const source = (characters: number) =>
    readCloudEvent(
      parsed(
        JSON.stringify({
          ...{ specversion: "1.0", id: "a", type: "t", subject: "a@b.edu", source: "/".repeat(characters) },
          data: { application: "x", credits: "1" },
        }),
      ),
    );
  /** Metadata of exactly that many characters as JSON. */
  const metadata = (characters: number) => ({ a: "x".repeat(characters - '{"a":""}'.length) });
  /** Objects in each other, that many levels with the outer one. */
  const nested = (depth: number): object => (depth === 1 ? {} : { a: nested(depth - 1) });

  test.each([
    ["id of 200", event({ id: "x".repeat(200) }), true],
    ["id of 201", event({ id: "x".repeat(201) }), false],
    ["id of 200 letters beyond the BMP", event({ id: "\u{1F600}".repeat(200) }), true],
    ["application of 100", event({ application: "x".repeat(100) }), true],
    ["application of 101", event({ application: "x".repeat(101) }), false],
    ["metadata of 4,096", event({ metadata: metadata(4_096) }), true],
    ["metadata of 4,097", event({ metadata: metadata(4_097) }), false],
    ["metadata 8 deep", event({ metadata: nested(8) }), true],
    ["metadata 9 deep", event({ metadata: nested(9) }), false],
    ["source of 500", source(500), true],
    ["source of 501", source(501), false],
  ])("%s", (_, read, ok) => {
    expect(read.ok).toBe(ok);
  });

  test("a time 5 minutes ahead, and as many days ago as are allowed", () => {
    const now = new Date("2026-11-25T12:00:00Z");
    const fault = (text: string, days: number | null = 35) => timeFault(new Date(text), now, days);
    expect(fault("2026-11-25T12:05:00.000Z")).toBeNull();
    expect(fault("2026-11-25T12:05:00.001Z")).toBe("Must not be in the future.");
    expect(fault("2026-10-21T12:00:00.000Z")).toBeNull();
    expect(fault("2026-10-21T11:59:59.999Z")).toBe("Must not be more than 35 days ago.");
    expect(fault("2000-01-01T00:00:00Z", null)).toBeNull();
  });
});

describe("JSON", () => {
  test("is nested at most 100 deep", () => {
    const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
    expect(parseJson(bytes(nested(100))).ok).toBe(true);
    for (const depth of [101, 100_000]) {
      expect(parseJson(bytes(nested(depth)))).toEqual({
        ok: false,
        message: "The body is nested more than 100 levels deep.",
      });
    }
    expect(parseJson(bytes(`[${JSON.stringify("[".repeat(200))}]`)).ok).toBe(true);
    expect(parseJson(bytes(`[${"[],".repeat(200)}1]`)).ok).toBe(true);
  });

  test("reads what JSON.parse reads, and refuses what that refuses", () => {
    const texts = fc.oneof(
      fc.json(),
      fc.string({ unit: fc.constantFrom(...'{}[]",:0123456789.eE+-truefalsn\\u \t\n') }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const result = parseJson(bytes(text));
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expect(result.ok).toBe(false);
          return;
        }
        // Only a name twice is refused beyond that.
        if (result.ok) expect(JSON.parse(canonicalJson(result.value))).toEqual(expected);
        else expect(result.message).toMatch(/Duplicate key/);
      }),
      RUNS,
    );
  });

  const list = (count: number) => `[${Array(count).fill("1").join(",")}]`;
  const lists = (count: number, length: number) => `[${Array(count).fill(list(length)).join(",")}]`;
  const object = (count: number) =>
    `{${Array.from({ length: count }, (_, index) => `"${index}":1`).join(",")}}`;

  test.each([
    ["elements", list(10_000), list(10_001)],
    ["fields", object(10_000), object(10_001)],
    [
      "elements after an inner object",
      `[${object(10_000)}${",1".repeat(9_999)}]`,
      `[{}${",1".repeat(10_000)}]`,
    ],
  ])("accepts 10,000 %s of one object or array and no more", (_, most, more) => {
    expect(parseJson(bytes(most)).ok).toBe(true);
    expect(parseJson(bytes(more))).toEqual({
      ok: false,
      message: "One object or array has more than 10,000 fields or elements.",
    });
  });

  test("accepts 250,000 fields and elements in all and no more", () => {
    expect(parseJson(bytes(lists(25, 9_999))).ok).toBe(true);
    expect(parseJson(bytes(lists(26, 9_999)))).toEqual({
      ok: false,
      message: "The body has more than 250,000 fields and elements.",
    });
  });

  test("does not count commas, brackets and quotes in a string", () => {
    const text = '[{,\\",\\\\'.repeat(50_000);
    expect(parseJson(bytes(JSON.stringify([text, `${text}\\`, text])))).toEqual({
      ok: true,
      value: [text, `${text}\\`, text],
    });
  });

  test("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expect(typeof parseJson(noise).ok).toBe("boolean");
      }),
      RUNS,
    );
  });

  test("equal values are equal text, in whatever order", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(parsed(JSON.stringify(turned)))).toBe(
          canonicalJson(parsed(JSON.stringify(value))),
        );
      }),
      RUNS,
    );
  });
});

describe("an event", () => {
  const anything = fc.jsonValue();
  const events = fc
    .oneof(
      anything,
      fc.record(
        {
          id: fc.oneof(fc.string(), anything),
          organization: fc.oneof(fc.string(), anything),
          member: fc.oneof(fc.emailAddress(), anything),
          application: fc.oneof(fc.string(), anything),
          credits: fc.oneof(fc.constantFrom("1", "0.5"), anything),
          occurredAt: fc.oneof(fc.date({ noInvalidDate: true }).map(String), anything),
          metadata: fc.oneof(fc.dictionary(fc.string(), anything), anything),
          specversion: fc.constantFrom("1.0", "0.3"),
          source: fc.string(),
          type: fc.string(),
          data: anything,
        },
        { requiredKeys: [] },
      ),
    )
    .map((value) => parsed(JSON.stringify(value)));

  test("whatever it is, it is read or refused with a message, never thrown at", () => {
    fc.assert(
      fc.property(events, (given) => {
        for (const read of [readUsage(given), readCloudEvent(given)]) {
          if (!read.ok) expect(read.message).not.toBe("");
          else expect(read.value.credits >= 0n).toBe(true);
        }
      }),
      RUNS,
    );
  });

  test("nor is a query string", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof(fc.string(), fc.constantFrom("member", "credits")), fc.string())),
        (pairs) => {
          expect(typeof readCheck(new URLSearchParams(pairs)).ok).toBe("boolean");
        },
      ),
      RUNS,
    );
  });
});

describe("media types", () => {
  test.each([
    ["application/json", true, "json"],
    ["application/json;charset=UTF-8", true, "json"],
    ["application/vnd.example+json", true, "json"],
    ["application/cloudevents+json", true, "structured"],
    ["Application/CloudEvents+JSON; charset=utf-8", true, "structured"],
    ["application/cloudevents-batch+json", true, "batched"],
    ["application/cloudevents+xml", false, null],
    ["application/cloudevents-other+json", true, null],
    ["application/json; charset=latin1", false, null],
    ["text/json", false, null],
    ["", false, null],
  ])("%j", (type, isJson, mode) => {
    expect([isJsonType(type), modeOf(new Headers({ "content-type": type }))]).toEqual([isJson, mode]);
  });

  test.each([
    [{ "content-type": "application/json" }, "json"],
    [{ "content-type": "application/json", "ce-specversion": "1.0" }, "binary"],
    [{ "ce-specversion": "1.0" }, "binary"],
    [{ "ce-id": "a" }, "binary"],
    [{ "content-type": "application/cloudevents+json", "ce-id": "a" }, "structured"],
    [{ "x-ce-id": "a" }, null],
  ])("%j is %s", (headers, mode) => {
    expect(modeOf(new Headers(headers))).toBe(mode);
  });

  test("attributes in headers are decoded, and nothing else is one", () => {
    const headers = {
      ...{ "content-type": "application/json", "ce-subject": "ana%40example.edu", "ce-source": '"/a"' },
      ...{ "ce-specversion": "1.0", "ce-type": "t", "ce-id": "a", "ce-data": "x", "ce-__proto__": "x" },
    };
    const data = { application: "x", credits: "1" };
    expect(readBinary(new Headers(headers), data)).toMatchObject({
      ok: true,
      value: { id: "a", source: "/a", member: "ana@example.edu", application: "x", credits: 1_000_000n },
    });
    const bad = readBinary(new Headers({ ...headers, "ce-id": "%" }), data);
    expect(bad).toMatchObject({ ok: false, field: "id" });
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainCredits } from "#lib/credits.ts";
import { canonicalJson, parseJson } from "#lib/json.ts";
import { fromBinary, modeOf } from "#lib/usage/cloud-events.ts";
import { isJsonType, readCheck, readCloudEvent, readUsage } from "#lib/usage/wire.ts";

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

  test("a number means what its text says, however it is written, or is refused", () => {
    fc.assert(
      fc.property(micro, fc.integer({ min: -12, max: 12 }), fc.nat(3), (amount, shift, zeros) => {
        const plain = plainCredits(amount);
        const [whole = "", fraction = ""] = plain.split(".");
        // The same value with its point moved and an exponent that moves it back.
        const digits = `${"0".repeat(13)}${whole}${fraction.padEnd(13, "0")}`;
        const at = 13 + whole.length + shift;
        const text = `${BigInt(digits.slice(0, at))}.${digits.slice(at)}${"0".repeat(zeros)}e${-shift}`;
        const safe = Number(plain) === Number(text) && plainOf(Number(plain)) === plain;
        const read = withCredits(text);
        if (safe) expect(read).toMatchObject({ ok: true, value: { credits: amount } });
        else expect(read).toMatchObject({ ok: false, field: "credits" });
      }),
      RUNS,
    );
  });

  test("whatever a float is, it is exact or refused", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const read = withCredits(JSON.stringify(number));
        if (read.ok) expect(Number(plainCredits(read.value.credits))).toBe(number);
      }),
      RUNS,
    );
  });
});

/** A float's shortest decimal without an exponent, by another way than the code's. */
function plainOf(number: number): string {
  return number.toLocaleString("en", { useGrouping: false, maximumFractionDigits: 20 });
}

describe("JSON", () => {
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
          else expect(read.value.credits > 0n).toBe(true);
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
    ["application/json", true, "binary"],
    ["application/json;charset=UTF-8", true, "binary"],
    ["application/vnd.example+json", true, "binary"],
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

  test("attributes in headers are decoded, and nothing else is one", () => {
    const headers = new Headers({
      "content-type": "application/json",
      "ce-subject": "ana%40example.edu",
      "ce-source": '"/a"',
      "ce-id": "%",
      "ce-data": "x",
      "ce-__proto__": "x",
      "x-ce-type": "x",
    });
    expect(fromBinary(headers, 5)).toEqual({
      subject: "ana@example.edu",
      source: "/a",
      id: undefined,
      datacontenttype: "application/json",
      data: 5,
    });
  });
});

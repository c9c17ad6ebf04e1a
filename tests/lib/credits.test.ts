import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  cappedCredits,
  creditsText,
  formatCount,
  formatCredits,
  formatWholeCredits,
  MAX_CREDITS,
  MICRO_PER_CREDIT,
  moneyOf,
  parseCredits,
  parseTypedCredits,
  plainCredits,
  signedCredits,
} from "#lib/credits.ts";

const amount = fc.bigInt({ min: 0n, max: MAX_CREDITS });
const anyAmount = fc.bigInt({ min: -MAX_CREDITS * 1_000n, max: MAX_CREDITS * 1_000n });

describe("parseCredits", () => {
  test.each([
    ["0", 0n],
    ["0.000001", 1n],
    ["0.047", 47_000n],
    ["1000", 1_000_000_000n],
    ["007.50", 7_500_000n],
    ["1000000000000", MAX_CREDITS],
    ["1000000000000.000000", MAX_CREDITS],
    [`${"0".repeat(1_000)}1`, MICRO_PER_CREDIT],
  ])("reads %s", (text, value) => {
    expect(parseCredits(text)).toEqual({ ok: true, value });
  });

  test.each<[text: string, message: string]>([
    ["-1", "Must not be negative."],
    ["-0.5", "Must not be negative."],
    ["0.0000001", "At most 6 decimal places."],
    ["1,000", "Write it without thousands separators: 1000."],
    ["12,345,678.9", "Write it without thousands separators: 12345678.9."],
    ["1,000.55", "Write it without thousands separators: 1000.55."],
    ["1000000000000.000001", "At most 1,000,000,000,000."],
    ["1000000000001", "At most 1,000,000,000,000."],
  ])("refuses %j", (text, message) => {
    expect(parseCredits(text)).toEqual({ ok: false, message });
  });

  test("refuses a number of 100,000 digits without computing it", () => {
    expect(parseCredits("9".repeat(100_000))).toEqual({ ok: false, message: "At most 1,000,000,000,000." });
  });

  test.each([
    ...[
      "",
      " ",
      " 1",
      "1 ",
      "1\n",
      "abc",
      "1e309",
      "1e3",
      "0x10",
      "+1",
      ".5",
      "5.",
      "1.2.3",
      "1,00",
      "1_000",
      "5-3",
      "x1,000",
      "1,000x",
      "1,000.",
    ],
    ...["Infinity", "NaN", "１２", "٣"],
  ])("refuses %j", (text) => {
    expect(parseCredits(text)).toEqual({ ok: false, message: "Enter a number, such as 1000 or 0.5." });
  });

  test("never throws and never answers out of range, whatever is typed", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[-+.,e\d]{0,30}$/)), (text) => {
        const parsed = parseCredits(text);
        if (parsed.ok) {
          expect(parsed.value).toBeGreaterThanOrEqual(0n);
          expect(parsed.value).toBeLessThanOrEqual(MAX_CREDITS);
        } else {
          expect(parsed.message).not.toBe("");
        }
      }),
    );
  });

  test("reads back every amount that plainCredits writes", () => {
    fc.assert(
      fc.property(amount, (micro) => {
        expect(parseCredits(plainCredits(micro))).toEqual({ ok: true, value: micro });
      }),
    );
  });
});

describe("formatting", () => {
  test.each([
    [0n, "0"],
    [1n, "0.000001"],
    [47_000n, "0.047"],
    [9_953_000_000n, "9,953"],
    [6_177_061_000_000n, "6,177,061"],
    [1_234_500_000n, "1,234.5"],
    [-1n, "-0.000001"],
    [-123_000_000n, "-123"],
    [-123_456_000_000n, "-123,456"],
    [MAX_CREDITS, "1,000,000,000,000"],
  ])("writes %d as %s", (micro, text) => {
    expect(formatCredits(micro)).toBe(text);
  });

  test("separators are all that the screen adds", () => {
    fc.assert(
      fc.property(anyAmount, (micro) => {
        const text = formatCredits(micro);
        expect(text.replaceAll(",", "")).toBe(plainCredits(micro));
        expect(text).toMatch(/^-?\d{1,3}(,\d{3})*(\.\d{0,5}[1-9])?$/);
      }),
    );
  });

  test.each([
    [499_999n, "0"],
    [500_000n, "1"],
    [1_249_353_500_000n, "1,249,354"],
    [1_249_353_499_999n, "1,249,353"],
    [-500_000n, "-1"],
    [-499_999n, "0"],
    [0n, "0"],
    [MAX_CREDITS, "1,000,000,000,000"],
    [MAX_CREDITS * 9n - 1n, "9,000,000,000,000"],
  ])("rounds %d to %s for a headline", (micro, text) => {
    expect(formatWholeCredits(micro)).toBe(text);
  });

  test("a headline is at most half a credit off", () => {
    fc.assert(
      fc.property(anyAmount, (micro) => {
        const shown = BigInt(formatWholeCredits(micro).replaceAll(",", "")) * MICRO_PER_CREDIT;
        const off = shown > micro ? shown - micro : micro - shown;
        expect(off * 2n).toBeLessThanOrEqual(MICRO_PER_CREDIT);
      }),
    );
  });

  test.each([
    [0n, "0 credits"],
    [MICRO_PER_CREDIT, "1 credit"],
    [MICRO_PER_CREDIT - 1n, "0.999999 credits"],
    [9_953_000_000n, "9,953 credits"],
  ])("writes %d as %s in a sentence", (micro, text) => {
    expect(creditsText(micro)).toBe(text);
  });

  test("counts have separators", () => {
    expect([0, 999, 8_251, 1_000_000].map(formatCount)).toEqual(["0", "999", "8,251", "1,000,000"]);
  });
});

describe("what a person types", () => {
  test.each([
    ["1,000,000", 1_000_000_000_000n],
    ["1 000 000", 1_000_000_000_000n],
    ["1\u00A0000\u00A0000", 1_000_000_000_000n],
    ["1\u202F000.5", 1_000_500_000n],
    ["1_000_000", 1_000_000_000_000n],
    ["1'000", 1_000_000_000n],
    [" 12,345.678901 ", 12_345_678_901n],
    ["1,000,000,000,000", MAX_CREDITS],
    ["0.5", 500_000n],
    ["1000", 1_000_000_000n],
  ])("%j is read", (text, value) => {
    expect(parseTypedCredits(text)).toEqual({ ok: true, value });
  });

  test.each([
    "1,00",
    "1,0000",
    "1,000 000",
    "1_000,000",
    ",000",
    "1,,000",
    "1,5",
    "1.000,5",
    "1,000,",
    "1,000.",
    "1undefined000",
    "",
  ])("%j is not a number", (text) => {
    expect(parseTypedCredits(text).ok).toBe(false);
  });

  test("separators are read in up to 40 characters", () => {
    const of = (length: number) => parseTypedCredits("1,000.".padEnd(length, "0"));
    expect(of(12)).toEqual({ ok: true, value: 1_000_000_000n });
    expect(of(40)).toEqual({ ok: false, message: "At most 6 decimal places." });
    expect(of(41)).toEqual({
      ok: false,
      message: `Write it without thousands separators: ${"1000.".padEnd(40, "0")}.`,
    });
  });

  test("a long text is refused at once", () => {
    expect(parseTypedCredits(`1${",000".repeat(100_000)}`).ok).toBe(false);
  });
});

test.each([
  // 100 credits are a dollar.
  [1_000_000n, 100_000_000n, 10_000n],
  [47_000n, 100_000_000n, 470n],
  [-47_000n, 100_000_000n, -470n],
  [0n, 100_000_000n, 0n],
  // Two thirds of a millionth are one.
  [2n, 3_000_000n, 1n],
  [1n, 3_000_000n, 0n],
  [1n, 2_000_000n, 1n],
  [-1n, 2_000_000n, -1n],
  // 10^12 credits at a rate of 0.5.
  [1_000_000_000_000_000_000n, 500_000n, 2_000_000_000_000_000_000n],
])("%i micro-credits at %i a unit are %i millionths of the unit", (micro, rate, money) => {
  expect(moneyOf(micro, rate)).toBe(money);
});

test.each([
  [1_000_000_000n, "+1,000"],
  [-500_000n, "−0.5"],
  [0n, "0"],
])("%i micro-credits that moved are %s", (micro, text) => {
  expect(signedCredits(micro)).toBe(text);
});

test.each([
  [0n, 0n],
  [999_999_999_999_999_999n, 999_999_999_999_999_999n],
  [1_000_000_000_000_000_000n, 1_000_000_000_000_000_000n],
  [1_000_000_000_000_000_001n, 1_000_000_000_000_000_000n],
])("%i micro-credits are at most 10^12 credits: %i", (micro, capped) => {
  expect(cappedCredits(micro)).toBe(capped);
});

import { describe, expect, it } from "vitest";
import { formatDuration, readDuration } from "#lib/duration.ts";

const DAY = { least: 60, most: 129_600 };

describe("a duration", () => {
  it.each([
    [15, "15 minutes"],
    [60, "1 hour"],
    [90, "90 minutes"],
    [720, "12 hours"],
    [1_440, "1 day"],
    [2_160, "36 hours"],
    [20_160, "14 days"],
  ])("of %i minutes is written %s, and read again", (minutes, text) => {
    expect(formatDuration(minutes)).toBe(text);
    expect(readDuration(text, { least: 1, most: 129_600 })).toEqual({ ok: true, value: minutes });
  });

  it.each([
    ["12h", 720],
    [" 12 H ", 720],
    ["90min", 90],
    ["90 m", 90],
    ["2d", 2_880],
    ["1 days", 1_440],
    ["90 days", 129_600],
    ["60 minutes", 60],
  ])("is read from %j", (text, minutes) => {
    expect(readDuration(text, DAY)).toEqual({ ok: true, value: minutes });
  });

  it.each([
    "",
    "14",
    "days",
    "-1 day",
    "1.5 days",
    "1,5 days",
    "two days",
    "1 week",
    "1 hour 30 minutes",
    "١٤ days",
  ])("is not %j", (text) => {
    expect(readDuration(text, DAY)).toEqual({
      ok: false,
      message: "Enter a number with its unit, such as “12 hours” or “14 days”.",
    });
  });

  it.each(["0 days", "59 minutes", "91 days", "129601 minutes", "999999 days"])(
    "of %s is outside its bounds",
    (text) => {
      expect(readDuration(text, DAY)).toEqual({ ok: false, message: "Between 1 hour and 90 days." });
    },
  );

  it("of a text of any length is refused", () => {
    expect(readDuration(`${"9".repeat(100_000)} days`, DAY)).toMatchObject({ ok: false });
  });
});

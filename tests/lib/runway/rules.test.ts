import { describe, expect, it, test } from "vitest";
import {
  daysLeft,
  firstSpendingDay,
  meanDailySpend,
  runsOutOn,
  runwayOf,
  runwayText,
  runwayUrgency,
} from "#lib/runway/rules.ts";
import { credits } from "#tests/support/builders.ts";

test.each([
  [20_261_126, 20_261_028],
  [20_260_301, 20_260_131],
  [20_280_301, 20_280_201],
])("the 30 days up to %i begin with %i", (today, first) => {
  expect(firstSpendingDay(today)).toBe(first);
});

describe("how long a balance lasts", () => {
  test.each([
    // 10 credits a day.
    [credits(300), credits(120), 12],
    [credits(300), credits(129), 12],
    [credits(300), 9_999_999n, 0],
    [credits(300), 10_000_000n, 1],
    [30n, 1n, 1],
    [31n, 1n, 0],
    [1n, 10n ** 18n, 99_999],
    [10n ** 18n, 10n ** 18n, 30],
  ])("spent %i in 30 days, %i left: %i days", (spentLast30Days, balance, days) => {
    const runway = runwayOf({ balance, spentLast30Days });
    expect(runway).toEqual({ state: "running", days });
    expect(daysLeft(runway)).toBe(days);
  });

  it("has no rate where nothing was spent, with credits and without", () => {
    expect(runwayOf({ balance: credits(5), spentLast30Days: 0n })).toEqual({ state: "unused" });
    expect(runwayOf({ balance: 0n, spentLast30Days: 0n })).toEqual({ state: "unused" });
    expect(daysLeft({ state: "unused" })).toBeNull();
  });

  it("is over where credits were spent and none are left", () => {
    const runway = runwayOf({ balance: 0n, spentLast30Days: 1n });
    expect(runway).toEqual({ state: "empty" });
    expect(daysLeft(runway)).toBe(0);
  });
});

test.each([
  [{ state: "running", days: 0 }, "Less than a day", 20_261_126, "danger"],
  [{ state: "running", days: 1 }, "1 day", 20_261_127, "danger"],
  [{ state: "running", days: 7 }, "7 days", 20_261_203, "danger"],
  [{ state: "running", days: 8 }, "8 days", 20_261_204, "warning"],
  [{ state: "running", days: 30 }, "30 days", 20_261_226, "warning"],
  [{ state: "running", days: 31 }, "31 days", 20_261_227, "none"],
  [{ state: "running", days: 729 }, "729 days", 20_281_124, "none"],
  [{ state: "running", days: 730 }, "Over 2 years", 20_281_125, "none"],
  [{ state: "running", days: 3_649 }, "Over 9 years", 20_361_122, "none"],
  [{ state: "running", days: 3_650 }, "Over 10 years", 20_361_123, "none"],
  [{ state: "running", days: 99_999 }, "Over 10 years", 23_000_910, "none"],
  [{ state: "empty" }, "Empty", null, "danger"],
  [{ state: "unused" }, "No spending", null, "none"],
] as const)("%j is written as %j, ends on %j and is urgent: %s", (runway, text, day, urgency) => {
  expect(runwayText(runway)).toBe(text);
  expect(runsOutOn(runway, 20_261_126)).toBe(day);
  expect(runwayUrgency(runway)).toBe(urgency);
});

test.each([
  [credits(300), 10_000_000n],
  [1n, 0n],
  [15n, 1n],
  [14n, 0n],
])("%i in 30 days are %i a day in the mean", (spent, mean) => {
  expect(meanDailySpend(spent)).toBe(mean);
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forecastMonth, HISTORY_DAYS, median, usualError, usualWeek } from "#lib/forecast/rules.ts";

/** Days that cost what `week` has, week after week. */
const weeks = (count: number, week: readonly bigint[]): bigint[] =>
  Array.from({ length: count }, () => week).flat();

const CALM = [10n, 20n, 30n, 40n, 50n, 0n, 0n];

describe("the median", () => {
  it("is the middle amount, or the mean of the two in the middle, half rounded up", () => {
    expect(median([5n])).toBe(5n);
    expect(median([9n, 1n, 5n])).toBe(5n);
    expect(median([4n, 1n, 2n, 9n])).toBe(3n);
    expect(median([1n, 2n])).toBe(2n);
    expect(median([2n ** 63n, 2n ** 63n + 2n])).toBe(2n ** 63n + 1n);
  });
});

describe("the usual week", () => {
  it("begins with the weekday that comes next", () => {
    expect(usualWeek(weeks(8, CALM))).toEqual(CALM);
    expect(usualWeek(weeks(8, CALM).slice(0, -2))).toEqual([0n, 0n, 10n, 20n, 30n, 40n, 50n]);
  });

  it("takes no notice of one expensive day, and of nothing older than eight weeks", () => {
    const days = weeks(8, CALM);
    days[45] = 1_000_000n;
    expect(usualWeek(days)).toEqual(CALM);
    expect(usualWeek([...weeks(20, [999n, 999n, 999n, 999n, 999n, 999n, 999n]), ...days])).toEqual(CALM);
  });

  it("adds up to the median of the weeks, although each week is expensive on another day", () => {
    const days = Array.from({ length: 8 }, (_, week) =>
      Array.from({ length: 7 }, (_, day) => (day === week % 7 ? 640n : 10n)),
    ).flat();
    // The medians of the weekdays, 10 each, would add up to a tenth of what every week cost: 700.
    expect(usualWeek(days)).toEqual([100n, 100n, 100n, 100n, 100n, 100n, 100n]);
  });

  it("spreads evenly what is spent on a different weekday each week", () => {
    const days = weeks(8, [0n, 0n, 0n, 0n, 0n, 0n, 0n]).map((_, index) => (index % 8 === 0 ? 70n : 0n));
    expect(usualWeek(days)).toEqual([10n, 10n, 10n, 10n, 10n, 10n, 10n]);
  });
});

describe("the usual error", () => {
  it("is nothing where every week was the same, and unknown with fewer than four past forecasts", () => {
    expect(usualError(weeks(8, CALM), 10)).toBe(0n);
    expect(usualError(weeks(6, CALM).slice(0, 14 + 10 + 14), 10)).toBeNull();
    expect(usualError(weeks(6, CALM).slice(0, 14 + 10 + 15), 10)).toBe(0n);
  });

  /** 250 days of 10, and on every fifth day from the last one back, so much more than that. */
  const daysWith = (more: readonly bigint[]): bigint[] => {
    const days = Array.from({ length: 250 }, () => 10n);
    for (const [index, off] of more.entries()) days[249 - 5 * index] = 10n + off;
    return days;
  };

  it("is the 24th of 28 past errors, the smallest first", () => {
    expect(usualError(daysWith([4n, 1n, -3n, 2n]), 1)).toBe(0n);
    expect(usualError(daysWith([4n, 2n, -3n, 9n, 5n]), 1)).toBe(2n);
  });

  it("is the largest of four", () => {
    expect(usualError(daysWith([4n, 2n, -3n, 9n]).slice(-30), 1)).toBe(9n);
    expect(usualError(daysWith([4n, 2n, -3n, 9n]).slice(-29), 1)).toBeNull();
  });
});

describe("the forecast of a month", () => {
  it("needs fourteen complete days", () => {
    const left = { before: 0n, today: 0n, daysLeft: 5 };
    expect(forecastMonth(weeks(2, CALM).slice(1), left)).toBeNull();
    expect(forecastMonth(weeks(2, CALM), left)).toEqual({
      total: 150n,
      range: null,
      byDay: [10n, 30n, 60n, 100n, 150n],
    });
  });

  it("goes on from what was spent, and counts the day that has begun once", () => {
    const days = weeks(12, CALM);
    expect(forecastMonth(days, { before: 300n, today: 4n, daysLeft: 3 })).toEqual({
      total: 360n,
      range: { low: 360n, high: 360n },
      byDay: [310n, 330n, 360n],
    });
    // The day has cost more than usual already.
    expect(forecastMonth(days, { before: 300n, today: 25n, daysLeft: 3 })?.byDay).toEqual([325n, 345n, 375n]);
  });

  it("has a range that never goes below what was spent, and the forecast is in it", () => {
    const amounts = fc.array(fc.bigInt({ min: 0n, max: 10n ** 18n }), {
      minLength: 14,
      maxLength: HISTORY_DAYS,
    });
    const left = fc.record({
      before: fc.bigInt({ min: 0n, max: 10n ** 18n }),
      today: fc.bigInt({ min: 0n, max: 10n ** 18n }),
      daysLeft: fc.integer({ min: 1, max: 31 }),
    });
    fc.assert(
      fc.property(amounts, left, (days, month) => {
        const forecast = forecastMonth(days, month);
        if (forecast === null) throw new Error("no forecast");
        expect(forecast.byDay).toHaveLength(month.daysLeft);
        expect(forecast.byDay.at(-1)).toBe(forecast.total);
        expect(forecast.total).toBeGreaterThanOrEqual(month.before + month.today);
        if (forecast.range === null) return;
        expect(forecast.range.low).toBeGreaterThanOrEqual(month.before + month.today);
        expect(forecast.range.low).toBeLessThanOrEqual(forecast.total);
        expect(forecast.range.high).toBeGreaterThanOrEqual(forecast.total);
      }),
    );
  });
});

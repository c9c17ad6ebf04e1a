import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { addDays, addMonths, daysInRange, formatDay, isoDay, lastDay, parseIsoDay } from "#lib/calendar.ts";
import { dayOf } from "#lib/time.ts";
import {
  bucketDays,
  bucketLabel,
  bucketTick,
  granularityOf,
  periodRange,
  rangeOf,
} from "#lib/transactions/rules/periods.ts";
import {
  axisTicks,
  changeText,
  compactCredits,
  cutComparisonText,
  daysOfMonthText,
  instantBounds,
  largest,
  monthComparison,
  perDay,
  shareText,
  topAndRest,
} from "#lib/transactions/rules.ts";

const day = fc.integer({ min: 0, max: 60_000 }).map((days) => addDays(19_700_101, days));

describe("days", () => {
  it("counts over months, leap days and years", () => {
    expect(addDays(20_240_228, 1)).toBe(20_240_229);
    expect(addDays(20_260_228, 1)).toBe(20_260_301);
    expect(addDays(20_270_101, -1)).toBe(20_261_231);
    expect(daysInRange(20_260_101, 20_261_231)).toBe(365);
    expect(addMonths(202_601, -1)).toBe(202_512);
    expect(addMonths(202_612, 13)).toBe(202_801);
    expect(lastDay(202_402)).toBe(20_240_229);
    expect(formatDay(20_261_124, "DD/MM/YYYY")).toBe("24/11/2026");
  });

  it("are written as date fields want them, and read back", () => {
    fc.assert(
      fc.property(day, (one) => {
        expect(parseIsoDay(isoDay(one))).toBe(one);
      }),
    );
    for (const bad of [
      "2026-02-29",
      "2026-13-01",
      "2026-00-10",
      "0026-01-01",
      "1969-12-31",
      "",
      "x",
      "2026-1-1",
    ]) {
      expect(parseIsoDay(bad)).toBeUndefined();
    }
  });

  it("lie within their instants in every time zone", () => {
    const zones = ["Pacific/Kiritimati", "Asia/Singapore", "UTC", "America/New_York", "Etc/GMT+12"];
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000 }).map((s) => new Date(s * 1000)),
        fc.constantFrom(...zones),
        (at, zone) => {
          const counted = dayOf(at, zone);
          const { first, last } = instantBounds({ from: counted, to: counted });
          expect(at.getTime()).toBeGreaterThanOrEqual(first ?? 0);
          expect(at.getTime()).toBeLessThanOrEqual(last ?? 0);
        },
      ),
    );
  });
});

describe("ranges", () => {
  it.each([
    ["this-month", 20_261_101, 20_261_130],
    ["last-month", 20_261_001, 20_261_031],
    ["30-days", 20_261_026, 20_261_124],
    ["12-months", 20_251_201, 20_261_130],
    ["all", null, null],
  ] as const)("%s", (period, from, to) => {
    expect(periodRange(period, 20_261_124)).toEqual({ from, to });
  });

  it("takes the days in either order, one alone, and instead of the period", () => {
    expect(rangeOf({ period: "all", from: 20_261_110, to: 20_261_101 }, 20_261_124)).toEqual({
      from: 20_261_101,
      to: 20_261_110,
    });
    expect(rangeOf({ period: "this-month", from: null, to: 20_200_101 }, 20_261_124)).toEqual({
      from: null,
      to: 20_200_101,
    });
  });

  it("compares as many days of the last month as this one has had", () => {
    expect(monthComparison(20_261_124)).toEqual({
      days: 24,
      now: { from: 20_261_101, to: 20_261_124 },
      before: { from: 20_261_001, to: 20_261_024 },
    });
    expect(cutComparisonText(20_261_124)).toBeNull();
    expect(monthComparison(20_260_331)).toMatchObject({ days: 28, now: { to: 20_260_328 } });
    expect([20_260_328, 20_260_329, 20_260_331].map(cutComparisonText)).toEqual([
      null,
      "1–28 Mar vs 1–28 Feb",
      "1–28 Mar vs 1–28 Feb",
    ]);
    expect(daysOfMonthText({ from: 20_260_301, to: 20_260_301 })).toBe("1 Mar");
  });
});

describe("buckets", () => {
  it("lose nothing, overlap nowhere and leave no gap", () => {
    fc.assert(
      fc.property(
        day,
        fc.integer({ min: 0, max: 1_500 }),
        fc.array(fc.tuple(fc.nat({ max: 1_500 }), fc.bigInt({ min: 0n, max: 10n ** 18n }))),
        (from, length, spends) => {
          const to = addDays(from, length);
          const days = spends
            .filter(([offset]) => offset <= length)
            .map(([offset, spent]) => ({ day: addDays(from, offset), spent }));
          for (const granularity of ["day", "week", "month", "year"] as const) {
            const buckets = bucketDays(days, from, to, granularity);
            const sum = (all: readonly { spent: bigint }[]) =>
              all.reduce((total, one) => total + one.spent, 0n);
            expect(sum(buckets)).toBe(sum(days));
            expect([buckets[0]?.from, buckets.at(-1)?.to]).toEqual([from, to]);
            for (const [index, bucket] of buckets.slice(1).entries()) {
              expect(bucket.from).toBe(addDays(buckets[index]?.to ?? 0, 1));
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it("are weeks from Monday, cut at the range, and named in the enterprise's dates", () => {
    const weeks = bucketDays([], 20_261_118, 20_261_124, "week");
    expect(weeks.map((week) => bucketLabel(week, "week", "DD.MM.YYYY"))).toEqual([
      "18.11.2026 – 22.11.2026",
      "23.11.2026 – 24.11.2026",
    ]);
  });

  it("grow with the range", () => {
    expect(granularityOf(20_261_101, 20_261_130)).toBe("day");
    expect(granularityOf(20_260_801, 20_261_130)).toBe("week");
    expect(granularityOf(20_251_201, 20_261_130)).toBe("month");
    expect(granularityOf(19_700_101, 20_261_130)).toBe("year");
  });
});

describe("labels", () => {
  it.each([
    [20_260_601, "Jun 2026"],
    [20_260_701, "Jul 2026"],
    [20_251_201, "Dec 2025"],
    [20_260_101, "Jan 2026"],
  ])("of the month that begins on %d is %s, on the axis too", (from, label) => {
    const bucket = { from, to: from + 27 };
    expect(bucketLabel(bucket, "month", "DD/MM/YYYY")).toBe(label);
    expect(bucketTick(bucket, "month")).toBe(label);
  });

  it("of days, weeks and years", () => {
    const bucket = { from: 20_260_601, to: 20_260_607, spent: 0n };
    expect(bucketTick(bucket, "day")).toBe("1 Jun");
    expect(bucketTick(bucket, "week")).toBe("1 Jun");
    expect(bucketTick(bucket, "year")).toBe("2026");
    expect(bucketLabel(bucket, "week", "YYYY-MM-DD")).toBe("2026-06-01 – 2026-06-07");
  });
});

describe("figures", () => {
  it("have round marks that reach over them, six at the most", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 9n * 10n ** 18n }), (max) => {
        const ticks = axisTicks(max);
        const [zero, step = 0n] = ticks;
        expect(zero).toBe(0n);
        expect(ticks.length).toBeLessThanOrEqual(6);
        expect((ticks.at(-1) ?? 0n) >= max).toBe(true);
        expect(String(step)).toMatch(/^[125]0*$/);
      }),
    );
    expect(axisTicks(1_200_000_000n).map(compactCredits)).toEqual(["0", "500", "1,000", "1,500"]);
  });

  it.each([
    [47_000n, "0.047"],
    [5_000_000_000n, "5,000"],
    [50_000_000_000n, "50K"],
    [1_500_000_000_000n, "1.5M"],
    [2_000_000_000_000_000n, "2B"],
  ])("%s is %s in short", (micro, text) => {
    expect(compactCredits(micro)).toBe(text);
  });

  it("change and share to a tenth of a percent, rounded half up", () => {
    expect(changeText(1_125n, 1_000n)).toBe("+12.5%");
    expect(changeText(0n, 7n)).toBe("−100%");
    expect(changeText(100n, 100n)).toBe("0%");
    expect(changeText(50_000n, 1n)).toBe("+4,999,900%");
    expect(changeText(5n, 0n)).toBeNull();
    expect(shareText(1n, 3n)).toBe("33.3%");
    expect(shareText(1n, 10_000n)).toBe("<0.1%");
    // Exactly halves: 0.05% and 0.15%.
    expect(shareText(1n, 2_000n)).toBe("0.1%");
    expect(shareText(3n, 2_000n)).toBe("0.2%");
    expect(shareText(0n, 0n)).toBe("0%");
    expect(perDay(10n, 4)).toBe(3n);
    expect(perDay(10n, 0)).toBe(0n);
  });

  it("split into the largest and the rest", () => {
    const parts = [5n, 1n, 0n, 9n, 2n].map((spent) => ({ spent }));
    expect(topAndRest(parts, 2)).toEqual({ top: [{ spent: 9n }, { spent: 5n }], rest: 3n, others: 2 });
  });
});

test("no entry of a day occurred before it began or after it ended in any time zone", () => {
  const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  const bounds = (from: number | null, to: number | null) => {
    const { first, last } = instantBounds({ from, to });
    return [iso(first), iso(last)];
  };
  expect(bounds(20_261_124, 20_261_124)).toEqual(["2026-11-23T10:00:00.000Z", "2026-11-25T11:59:59.999Z"]);
  expect(bounds(null, 20_261_124)).toEqual([null, "2026-11-25T11:59:59.999Z"]);
  expect(bounds(20_261_124, null)).toEqual(["2026-11-23T10:00:00.000Z", null]);
});

test.each([
  [0n, 5n, "0%"],
  [5n, 0n, "0%"],
  [0n, 0n, "0%"],
  [1n, 8n, "12.5%"],
  [1n, 1n, "100%"],
  [1n, 10_000n, "<0.1%"],
])("%i of %i is a share of %s", (part, whole, text) => {
  expect(shareText(part, whole)).toBe(text);
});

test.each([
  [5n, 0n, null],
  [5n, 5n, "0%"],
  [9n, 8n, "+12.5%"],
  [7n, 8n, "−12.5%"],
  [0n, 8n, "−100%"],
  [10_001n, 1n, "+1,000,000%"],
])("%i after %i is a change of %j", (now, before, text) => {
  expect(changeText(now, before)).toBe(text);
});

test("an axis has marks up to the largest figure", () => {
  expect(axisTicks(0n)).toEqual([0n, 1_000_000n]);
  expect(axisTicks(5n)).toEqual([0n, 1n, 2n, 3n, 4n, 5n]);
  expect(axisTicks(6n)).toEqual([0n, 2n, 4n, 6n]);
  expect([largest([]), largest([-1n]), largest([3n, 7n, 5n])]).toEqual([0n, 0n, 7n]);
});

test.each([
  [9_999_000_000n, "9,999"],
  [10_000_000_000n, "10K"],
  [999_999_000_000n, "999.999K"],
  [1_000_000_000_000n, "1M"],
  [1_500_000_000_000_000n, "1.5B"],
])("%i micro-credits are %s on an axis", (micro, text) => {
  expect(compactCredits(micro)).toBe(text);
});

test("an amount a day is rounded half up", () => {
  expect([perDay(5n, 0), perDay(5n, 1), perDay(5n, 2), perDay(4n, 3)]).toEqual([0n, 5n, 3n, 1n]);
});

test("the largest parts come first, and those without an amount not at all", () => {
  const parts = [{ spent: 1n }, { spent: 0n }, { spent: 7n }, { spent: 3n }, { spent: -2n }];
  expect(topAndRest(parts, 2)).toEqual({ top: [{ spent: 7n }, { spent: 3n }], rest: -1n, others: 2 });
});

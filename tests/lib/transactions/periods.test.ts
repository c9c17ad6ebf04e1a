import { describe, expect, it, test } from "vitest";
import { parseDay } from "#lib/calendar.ts";
import { isUntidy, withIsoDays } from "#lib/search-params.ts";
import { groupingLabel, readGrouping, spendTable } from "#lib/transactions/rules/grouping.ts";
import {
  bucketDays,
  bucketLabel,
  bucketsOf,
  bucketTick,
  coarser,
  fits,
  granularityFor,
  granularityOf,
  periodChoices,
  periodLabel,
  periodRange,
  previousRange,
  rangeOf,
  readPeriod,
} from "#lib/transactions/rules/periods.ts";
import { signedAmount } from "#lib/transactions/rules.ts";

const TODAY = 20_261_124;

describe("a period", () => {
  it.each([
    ["2026-10", 20_261_001, 20_261_031, "October 2026"],
    ["2024-02", 20_240_201, 20_240_229, "February 2024"],
    ["2026-q1", 20_260_101, 20_260_331, "Q1 2026"],
    ["2026-q4", 20_261_001, 20_261_231, "Q4 2026"],
    ["last-quarter", 20_260_701, 20_260_930, "Last quarter"],
    ["last-month", 20_261_001, 20_261_031, "Last month"],
  ] as const)("%s has the days from %i to %i, and the name %s", (period, from, to, label) => {
    expect(periodRange(period, TODAY)).toEqual({ from, to });
    expect(periodLabel(period)).toBe(label);
    expect(readPeriod(period)).toBe(period);
  });

  it.each([
    [20_260_115, 20_251_001, 20_251_231],
    [20_260_331, 20_251_001, 20_251_231],
    [20_260_401, 20_260_101, 20_260_331],
    [20_261_231, 20_260_701, 20_260_930],
  ])("last quarter as of %i is from %i to %i", (today, from, to) => {
    expect(periodRange("last-quarter", today)).toEqual({ from, to });
  });

  it("is chosen from two years of months and of quarters", () => {
    const { months, quarters } = periodChoices(TODAY);
    expect([months.length, months[0], months[1], months.at(-1)]).toEqual([
      24,
      "2026-11",
      "2026-10",
      "2024-12",
    ]);
    expect([quarters.length, quarters[0], quarters.at(-1)]).toEqual([8, "2026-q4", "2025-q1"]);
  });

  it.each(["2026-00", "2026-13", "2026-q0", "2026-q5", "26-10", "1969-12", "all ", "2026-1", ""])(
    "is not %j",
    (text) => {
      expect(readPeriod(text)).toBeUndefined();
    },
  );
});

describe("the range before", () => {
  it.each([
    ["a month", 20_261_001, 20_261_031, "day", 20_260_901, 20_260_930],
    ["a month by its months", 20_261_001, 20_261_031, "month", 20_260_901, 20_260_930],
    ["a quarter", 20_260_701, 20_260_930, "month", 20_260_401, 20_260_630],
    ["twelve months", 20_251_201, 20_261_130, "month", 20_241_201, 20_251_130],
    ["thirty days", 20_261_026, 20_261_124, "day", 20_260_926, 20_261_025],
    ["a day", 20_261_124, 20_261_124, "day", 20_261_123, 20_261_123],
    ["weeks, cut at both ends", 20_261_028, 20_261_117, "week", 20_260_930, 20_261_020],
    ["months, cut at both ends", 20_260_131, 20_260_415, "month", 20_250_930, 20_251_215],
  ] as const)("%s is as long, bar by bar", (_name, from, to, granularity, before, until) => {
    expect(previousRange({ from, to }, granularity)).toEqual({ from: before, to: until });
  });

  it.each([
    [{ from: null, to: 20_261_031 }, "day"],
    [{ from: 20_261_001, to: null }, "day"],
    [{ from: 20_160_101, to: 20_261_231 }, "year"],
  ] as const)("of %j by %s is none", (range, granularity) => {
    expect(previousRange(range, granularity)).toBeNull();
  });
});

describe("the length of bars", () => {
  it.each([
    ["auto", 20_261_001, 20_261_031, "day"],
    ["auto", 20_260_901, 20_261_031, "week"],
    ["day", 20_260_901, 20_261_031, "day"],
    ["day", 20_260_901, 20_261_102, "week"],
    ["month", 20_261_001, 20_261_031, "month"],
    ["week", 20_260_101, 20_261_231, "week"],
    ["week", 20_250_101, 20_261_231, "month"],
    ["month", 20_211_101, 20_261_231, "month"],
    ["month", 20_211_031, 20_261_231, "year"],
    ["auto", 20_010_101, 20_261_231, "year"],
  ] as const)("%s from %i to %i is a %s", (per, from, to, granularity) => {
    expect(granularityFor(per, from, to)).toBe(granularity);
    expect(bucketsOf(from, to, granularity).length).toBeLessThanOrEqual(62);
  });

  it("is offered where there are at most 62 bars", () => {
    expect(fits("day", 20_260_901, 20_261_101)).toBe(true);
    expect(fits("day", 20_260_901, 20_261_102)).toBe(false);
    expect(fits("week", 20_250_922, 20_261_129)).toBe(true);
    expect(fits("week", 20_250_921, 20_261_129)).toBe(false);
  });
});

describe("a day that is typed", () => {
  it.each([
    ["24/11/2026", "DD/MM/YYYY", 20_261_124],
    [" 4.3.2026 ", "DD/MM/YYYY", 20_260_304],
    ["03/04/2026", "DD/MM/YYYY", 20_260_403],
    ["03/04/2026", "MM/DD/YYYY", 20_260_304],
    ["24.11.2026", "DD.MM.YYYY", 20_261_124],
    ["2026-11-24", "MM/DD/YYYY", 20_261_124],
    ["2026/11/24", "YYYY-MM-DD", 20_261_124],
    ["24 Nov 2026", "D MMM YYYY", 20_261_124],
    ["24 november 2026", "D MMM YYYY", 20_261_124],
    ["24/11/26", "DD/MM/YYYY", undefined],
    ["31/02/2026", "DD/MM/YYYY", undefined],
    ["11/24/2026", "DD/MM/YYYY", undefined],
    ["24 Nox 2026", "D MMM YYYY", undefined],
    ["24/11/2026/1", "DD/MM/YYYY", undefined],
    ["24/11", "DD/MM/YYYY", undefined],
    ["", "DD/MM/YYYY", undefined],
  ] as const)("as %j in %s is %s", (text, dateFormat, day) => {
    expect(parseDay(text, dateFormat)).toBe(day);
  });

  it("is put into ISO 8601 in an address, and what is no day stays", () => {
    const raw = { from: "24/11/2026", to: "30/02/2026", kind: "spend" };
    const iso = withIsoDays(raw, "DD/MM/YYYY");
    expect(iso).toEqual({ from: "2026-11-24", to: "30/02/2026", kind: "spend" });
    expect(isUntidy(raw, iso)).toBe(true);
    expect(isUntidy(iso, withIsoDays(iso, "DD/MM/YYYY"))).toBe(false);
    expect(isUntidy({ kind: "" }, { kind: "" })).toBe(true);
  });
});

it.each([
  ["purchase", 5n],
  ["allocation", 5n],
  ["return", -5n],
  ["spend", 5n],
  ["reversal", -5n],
] as const)("the amount of a %s has the sign %s", (kind, amount) => {
  expect(signedAmount({ kind, amount: 5n })).toBe(amount);
});

describe("a table", () => {
  const buckets = bucketsOf(20_261_122, 20_261_124, "day");
  const part = (key: string, ...days: [number, bigint][]) => ({
    key,
    label: key,
    detail: null,
    tags: [],
    days: days.map(([day, spent]) => ({ day, spent })),
  });
  const days = [
    { day: 20_261_122, spent: 10n },
    { day: 20_261_124, spent: 7n },
  ];

  it("has the largest parts, the others and the rest, which add up to the totals in each column", () => {
    const parts = [part("a", [20_261_122, 2n]), part("b", [20_261_122, 3n], [20_261_124, 4n]), part("c")];
    const none = [{ day: 20_261_124, spent: 1n }];
    expect(
      spendTable({ parts, none, count: 9, isTotal: false }, days, { buckets, granularity: "day", rows: 1 }),
    ).toEqual({
      rows: [{ key: "b", label: "b", detail: null, tags: [], cells: [3n, 0n, 4n], total: 7n }],
      others: { cells: [7n, 0n, 2n], total: 9n, count: 8 },
      none: { cells: [0n, 0n, 1n], total: 1n },
      totals: { cells: [10n, 0n, 7n], total: 17n },
    });
  });

  it("of totals has no columns, and the same sums", () => {
    const parts = [part("a", [0, 17n])];
    const table = spendTable({ parts, none: [], count: 1, isTotal: true }, days, {
      buckets: [],
      granularity: "month",
      rows: 20,
    });
    expect(table.rows.map(({ cells, total }) => [cells, total])).toEqual([[[], 17n]]);
    expect([table.others, table.none, table.totals]).toEqual([null, null, { cells: [], total: 17n }]);
  });

  it.each([
    ["member", "member", "Member"],
    ["tag:Faculty", "tag:faculty", "Tag faculty"],
    ["type", "type", "Credit type"],
  ] as const)("is grouped by %s", (text, grouping, label) => {
    expect(readGrouping(text)).toBe(grouping);
    expect(groupingLabel(grouping)).toBe(label);
  });
});

test.each([
  ["1970-01", "1970-01"],
  ["2026-q4", "2026-q4"],
  ["9999-12", "9999-12"],
  ["1969-12", undefined],
  ["2026-13", undefined],
  ["2026-00", undefined],
  ["2026-q5", undefined],
  ["x2026-01", undefined],
  ["2026-01x", undefined],
  ["197x-01", undefined],
])("the period %j of an address is read as %j", (text, period) => {
  expect(readPeriod(text)).toBe(period);
});

test("a view has its own days before those of its period", () => {
  const view = { period: "2026-10" as const, from: null, to: null };
  expect(rangeOf(view, 20_261_124)).toEqual({ from: 20_261_001, to: 20_261_031 });
  expect(rangeOf({ ...view, from: 20_261_105 }, 20_261_124)).toEqual({ from: 20_261_105, to: null });
  expect(rangeOf({ ...view, to: 20_261_105 }, 20_261_124)).toEqual({ from: null, to: 20_261_105 });
  expect(rangeOf({ ...view, from: 2, to: 1 }, 20_261_124)).toEqual({ from: 1, to: 2 });
});

test.each([
  [20_260_101, 20_260_214, "day"],
  [20_260_101, 20_260_215, "week"],
  [20_260_101, 20_260_709, "week"],
  [20_260_101, 20_260_710, "month"],
  [20_200_101, 20_250_228, "month"],
  [20_200_101, 20_250_301, "year"],
])("a chart from %i to %i has bars of a %s", (from, to, granularity) => {
  expect(granularityOf(from, to)).toBe(granularity);
});

test("of two lengths the longer one counts", () => {
  expect([coarser("day", "week"), coarser("year", "month"), coarser("week", "week")]).toEqual([
    ...["week", "year", "week"],
  ]);
});

test("bars add up the days of their range alone", () => {
  const days = [20_261_031, 20_261_101, 20_261_102, 20_261_104, 20_261_105].map((day) => ({
    day,
    spent: 1n,
  }));
  expect(bucketDays(days, 20_261_101, 20_261_104, "day").map(({ spent }) => spent)).toEqual([1n, 1n, 0n, 1n]);
  // One week, of which the range has a part.
  expect(bucketDays(days, 20_261_102, 20_261_104, "week").map(({ spent }) => spent)).toEqual([2n]);
});

test("the range before is of whole months where the range is", () => {
  expect(previousRange({ from: 20_260_301, to: 20_260_331 }, "day")).toEqual({
    from: 20_260_201,
    to: 20_260_228,
  });
  expect(previousRange({ from: 20_260_302, to: 20_260_331 }, "day")).toEqual({
    from: 20_260_131,
    to: 20_260_301,
  });
  expect(previousRange({ from: 20_260_301, to: 20_260_330 }, "day")).toEqual({
    from: 20_260_130,
    to: 20_260_228,
  });
  expect(previousRange({ from: null, to: 20_260_330 }, "day")).toBeNull();
  expect(previousRange({ from: 20_260_301, to: 20_260_330 }, "year")).toBeNull();
});

test("a bar has a label and a tick", () => {
  const bucket = { from: 20_261_116, to: 20_261_122 };
  const label = (granularity: Parameters<typeof bucketLabel>[1]) =>
    bucketLabel(bucket, granularity, "DD/MM/YYYY");
  expect([label("day"), label("week"), label("month"), label("year")]).toEqual([
    ...["16/11/2026", "16/11/2026 – 22/11/2026", "Nov 2026", "2026"],
  ]);
  expect(bucketLabel({ from: 20_261_116, to: 20_261_116 }, "week", "DD/MM/YYYY")).toBe("16/11/2026");
  expect([bucketTick(bucket, "day"), bucketTick(bucket, "month"), bucketTick(bucket, "year")]).toEqual([
    ...["16 Nov", "Nov 2026", "2026"],
  ]);
});

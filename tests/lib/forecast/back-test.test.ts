import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { backTest, demoSeries, requestSeries, withExpensiveDays } from "#tests/support/forecast-back-test.ts";

// The figures of docs/concepts/forecast.md, computed again.

const page = readFileSync("docs/concepts/forecast.md", "utf8");
const requests = requestSeries(20_241_101, 730);

describe("a forecast in the middle of a month", () => {
  it.each([
    {
      name: "the demo, four credit types",
      series: demoSeries(new Date("2026-11-26T04:00:00Z")),
      months: 80,
      rest: [36, 42.6, 35.3, 45.4],
      month: 18.3,
      within: "63 of 76",
      onAnyDay: 78.5,
    },
    {
      name: "real requests",
      series: [requests],
      months: 24,
      rest: [10.8, 10.9, 9, 9.2],
      month: 5.5,
      within: "19 of 23",
      onAnyDay: 80.6,
    },
    {
      name: "real requests with expensive days",
      series: [withExpensiveDays(requests)],
      months: 24,
      rest: [17.9, 18.2, 24, 27.3],
      month: 9.2,
      within: "18 of 23",
      onAnyDay: 80.6,
    },
  ])(
    "of $name is off by what the documentation states",
    ({ name, series, months, rest, month, within, onAnyDay }) => {
      const result = backTest(series);
      expect(result.months).toBe(months);
      expect(Object.values(result.errors).map((error) => error.rest)).toEqual(rest);
      expect(result.errors["the usual week"].month).toBe(month);
      expect(`${result.withinRange} of ${result.ranges}`).toBe(within);
      expect(result.withinRangePercent).toBe(onAnyDay);
      const [usual, ofWeekdays, ofDays, again] = rest.map((error) => `${error}%`);
      expect(page).toContain(
        `| ${name} | ${months} | **${usual}** | ${ofWeekdays} | ${ofDays} | ${again} | ${month}% | ${within} | ${onAnyDay}% |`,
      );
    },
  );
});

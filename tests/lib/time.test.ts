import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { monthOf } from "#lib/calendar.ts";
import {
  DATE_FORMATS,
  dayOf,
  endOfDay,
  formatDate,
  formatDateTime,
  formatLastDay,
  isoDate,
  isTimeZone,
  localDateTime,
  startOfDay,
  timeZones,
} from "#lib/time.ts";

const at = new Date("2025-03-09T20:05:09Z");

describe("formatDate", () => {
  test("writes each format", () => {
    expect(DATE_FORMATS.map((dateFormat) => formatDate(at, { timeZone: "UTC", dateFormat }))).toEqual([
      "09/03/2025",
      "03/09/2025",
      "2025-03-09",
      "09.03.2025",
      "9 Mar 2025",
    ]);
  });

  test("names the months", () => {
    const months = Array.from({ length: 12 }, (_, month) => new Date(Date.UTC(2025, month, 15)));
    expect(months.map((date) => formatDate(date, { timeZone: "UTC", dateFormat: "D MMM YYYY" }))).toEqual([
      "15 Jan 2025",
      "15 Feb 2025",
      "15 Mar 2025",
      "15 Apr 2025",
      "15 May 2025",
      "15 Jun 2025",
      "15 Jul 2025",
      "15 Aug 2025",
      "15 Sep 2025",
      "15 Oct 2025",
      "15 Nov 2025",
      "15 Dec 2025",
    ]);
  });

  test("the day changes at midnight of the time zone, also where it is not at a whole hour from UTC", () => {
    const kathmandu = { timeZone: "Asia/Kathmandu", dateFormat: "DD/MM/YYYY" } as const;
    expect(formatDate(new Date("2025-12-31T18:14:59.999Z"), kathmandu)).toBe("31/12/2025");
    expect(formatDate(new Date("2025-12-31T18:15:00.000Z"), kathmandu)).toBe("01/01/2026");
    // The clocks of New York went back on 2 November 2025, at 06:00 UTC.
    const newYork = { timeZone: "America/New_York", dateFormat: "D MMM YYYY" } as const;
    expect(formatDate(new Date("2025-11-02T03:59:59.999Z"), newYork)).toBe("1 Nov 2025");
    expect(formatDate(new Date("2025-11-02T04:00:00.000Z"), newYork)).toBe("2 Nov 2025");
    expect(formatDate(new Date("2025-11-03T04:59:59.999Z"), newYork)).toBe("2 Nov 2025");
    expect(formatDate(new Date("2025-11-03T05:00:00.000Z"), newYork)).toBe("3 Nov 2025");
  });

  test("the day is the enterprise's", () => {
    expect(isoDate(at, "Asia/Singapore")).toBe("2025-03-10");
    expect(isoDate(at, "Pacific/Kiritimati")).toBe("2025-03-10");
    expect(isoDate(at, "America/New_York")).toBe("2025-03-09");
    expect(formatDateTime(at, { timeZone: "Asia/Kathmandu", dateFormat: "DD/MM/YYYY" })).toBe(
      "10/03/2025 01:50",
    );
  });

  test("midnight is 00:00, and summer time counts", () => {
    const calendar = { timeZone: "Europe/Paris", dateFormat: "YYYY-MM-DD" } as const;
    expect(formatDateTime(new Date("2025-03-29T23:00:00Z"), calendar)).toBe("2025-03-30 00:00");
    expect(formatDateTime(new Date("2025-03-30T00:59:00Z"), calendar)).toBe("2025-03-30 01:59");
    expect(formatDateTime(new Date("2025-03-30T01:00:00Z"), calendar)).toBe("2025-03-30 03:00");
  });

  test("in UTC it is the date of ISO 8601", () => {
    const instants = fc.date({
      min: new Date("1970-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instants, (date) => {
        expect(isoDate(date, "UTC")).toBe(date.toISOString().slice(0, 10));
      }),
    );
  });
});

describe("time zones", () => {
  test("every one on offer is one, UTC first and each once", () => {
    const zones = timeZones();
    expect(zones[0]).toBe("UTC");
    expect(new Set(zones).size).toBe(zones.length);
    expect(zones.filter((zone) => !isTimeZone(zone))).toEqual([]);
    expect(zones).toEqual(expect.arrayContaining(["Asia/Singapore", "Europe/Berlin", "America/New_York"]));
    expect(zones.slice(1)).toEqual(zones.slice(1).sort());
  });

  test.each([
    ["Asia/Calcutta", "Asia/Kolkata"],
    ["Europe/Kiev", "Europe/Kyiv"],
    ["Asia/Saigon", "Asia/Ho_Chi_Minh"],
    ["Asia/Katmandu", "Asia/Kathmandu"],
    ["America/Godthab", "America/Nuuk"],
  ])("%s and %s are both on offer and are the same zone", (older, newer) => {
    expect(timeZones()).toEqual(expect.arrayContaining([older, newer]));
    const instant = new Date("2026-07-31T20:30:00Z");
    expect(isoDate(instant, newer)).toBe(isoDate(instant, older));
  });

  test.each([
    "",
    "Nowhere/Land",
    "-05:00",
    "5UTC",
    "+05:00",
    "UTC ",
    "Europe/Paris\n",
    "../etc",
    "a".repeat(10_000),
  ])("%j is none", (name) => {
    expect(isTimeZone(name)).toBe(false);
  });
});

describe("the day that the ledger counts", () => {
  // One instant in two zones, then the minute before a midnight and the one after it.
  test.each([
    ["2026-11-30T15:59:59.999Z", "Asia/Singapore", 20261130, 202611],
    ["2026-11-30T15:59:59.999Z", "UTC", 20261130, 202611],
    ["2026-11-30T16:00:00.000Z", "Asia/Singapore", 20261201, 202612],
    ["2026-11-30T16:00:00.000Z", "UTC", 20261130, 202611],
    ["2027-01-01T04:59:59.999Z", "America/New_York", 20261231, 202612],
    ["2027-01-01T05:00:00.000Z", "America/New_York", 20270101, 202701],
  ])("%s in %s is %i", (instant, zone, day, month) => {
    expect(dayOf(new Date(instant), zone)).toBe(day);
    expect(monthOf(dayOf(new Date(instant), zone))).toBe(month);
  });
});

test("the day of one instant in two zones, in turn", () => {
  const instant = new Date("2026-11-30T20:00:00Z");
  const zones = ["Asia/Singapore", "UTC", "Asia/Singapore"];
  expect(zones.map((zone) => dayOf(instant, zone))).toEqual([20261201, 20261130, 20261201]);
  // No day begins within a minute, but within two.
  expect(dayOf(new Date("2026-11-30T15:59:59Z"), "Asia/Singapore")).toBe(20261130);
  expect(dayOf(new Date("2026-11-30T16:00:00Z"), "Asia/Singapore")).toBe(20261201);
});

test("clocks that are five and a half hours ahead, at any instant", () => {
  const min = new Date("1950-01-01T00:00:00Z");
  const max = new Date("2100-01-01T00:00:00Z");
  fc.assert(
    fc.property(fc.date({ min, max, noInvalidDate: true }), (date) => {
      const [day = "", time = ""] = new Date(date.getTime() + 330 * 60_000).toISOString().split("T");
      expect(localDateTime(date, "Asia/Kolkata")).toEqual({ date: day, time: time.slice(0, 8) });
    }),
  );
});

test.each([
  [20261123, "UTC", "2026-11-23T00:00:00.000Z"],
  [20261123, "Pacific/Kiritimati", "2026-11-22T10:00:00.000Z"],
  [20261101, "America/New_York", "2026-11-01T04:00:00.000Z"],
  // Midnight does not exist on this day, and the other day was left out.
  [20180304, "America/Asuncion", "2018-03-04T03:00:00.000Z"],
  [20111230, "Pacific/Apia", "2011-12-30T10:00:00.000Z"],
])("%i begins in %s", (day, zone, start) => {
  expect(startOfDay(day, zone).toISOString()).toBe(start);
});

describe("the end of a day", () => {
  test.each([
    [20261231, "UTC", "2027-01-01T00:00:00.000Z"],
    // 25 hours and 23 hours long.
    [20261101, "America/New_York", "2026-11-02T05:00:00.000Z"],
    [20260308, "America/New_York", "2026-03-09T04:00:00.000Z"],
    [20280228, "Asia/Singapore", "2028-02-28T16:00:00.000Z"],
    [20260404, "Australia/Lord_Howe", "2026-04-04T13:00:00.000Z"],
    // The day after it was left out.
    [20111229, "Pacific/Apia", "2011-12-30T10:00:00.000Z"],
    [20261123, "Pacific/Kiritimati", "2026-11-23T10:00:00.000Z"],
    // Midnight does not exist on the day after.
    [20180303, "America/Asuncion", "2018-03-04T03:00:00.000Z"],
  ])("%i in %s", (day, zone, end) => {
    const at = endOfDay(day, zone);
    expect(at.toISOString()).toBe(end);
    expect(dayOf(new Date(at.getTime() - 1), zone)).toBe(day);
  });
});

test.each([
  ["2026-11-23T10:05:09.500Z", "Asia/Singapore", "2026-11-23", "18:05:09"],
  ["2026-11-23T23:59:59Z", "Asia/Kolkata", "2026-11-24", "05:29:59"],
  ["2026-11-23T23:59:59Z", "Asia/Kathmandu", "2026-11-24", "05:44:59"],
  ["2026-01-01T02:00:00Z", "America/New_York", "2025-12-31", "21:00:00"],
  // The clocks go back at 01:00 UTC.
  ["2026-10-25T00:59:59Z", "Europe/Berlin", "2026-10-25", "02:59:59"],
  ["2026-10-25T01:00:00Z", "Europe/Berlin", "2026-10-25", "02:00:00"],
  ["2026-02-28T23:30:00Z", "UTC", "2026-02-28", "23:30:00"],
])("%s is on the clocks of %s: %s %s", (instant, zone, date, time) => {
  expect(localDateTime(new Date(instant), zone)).toEqual({ date, time });
});

test.each([
  // What ends with the first instant of a day was valid to the end of the day before.
  ["2027-01-31T16:00:00.000Z", "Asia/Singapore", "31/01/2027"],
  ["2027-01-31T16:00:00.001Z", "Asia/Singapore", "01/02/2027"],
  ["2027-02-01T00:00:00.000Z", "UTC", "31/01/2027"],
])("what ends at %s has in %s the last day %s", (end, timeZone, day) => {
  expect(formatLastDay(new Date(end), { timeZone, dateFormat: "DD/MM/YYYY" })).toBe(day);
});

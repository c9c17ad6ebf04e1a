import { expect, test } from "vitest";
import {
  addDays,
  addMonths,
  firstDay,
  formatDay,
  formatMonth,
  isoDay,
  isoMonth,
  lastDay,
  monthOf,
  parseDay,
  parseIsoDay,
  rangeBetween,
  shortDay,
} from "#lib/calendar.ts";

test.each([
  ["2026-11-24", 20_261_124],
  ["2028-02-29", 20_280_229],
  ["1970-01-01", 19_700_101],
  ["9999-12-31", 99_991_231],
])("the day %s is read", (text, day) => {
  expect(parseIsoDay(text)).toBe(day);
  expect(isoDay(day)).toBe(text);
});

test.each([
  "",
  "2026-02-29",
  "2026-13-01",
  "2026-00-10",
  "2026-11-31",
  "1969-12-31",
  "2026-1-1",
  "2026-11-24 ",
  "x2026-11-24",
  "2026-11-24x",
  "12026-11-24",
])("%j is no day", (text) => {
  expect(parseIsoDay(text)).toBeUndefined();
});

test.each([
  ["24/11/2026", "DD/MM/YYYY", 20_261_124],
  ["24.11.2026", "DD/MM/YYYY", 20_261_124],
  ["24 11 2026", "DD/MM/YYYY", 20_261_124],
  [" 24 - 11 - 2026 ", "DD/MM/YYYY", 20_261_124],
  ["4/1/2026", "DD/MM/YYYY", 20_260_104],
  ["11/24/2026", "MM/DD/YYYY", 20_261_124],
  ["2026-11-24", "MM/DD/YYYY", 20_261_124],
  ["2026/11/24", "DD/MM/YYYY", 20_261_124],
  ["24 Nov 2026", "D MMM YYYY", 20_261_124],
  ["24 november 2026", "DD/MM/YYYY", 20_261_124],
  ["Nov 24 2026", "MM/DD/YYYY", 20_261_124],
  ["1 Jan 2026", "DD/MM/YYYY", 20_260_101],
  ["31 Dec 2026", "DD/MM/YYYY", 20_261_231],
] as const)("a person's %j in the format %s is %i", (text, format, day) => {
  expect(parseDay(text, format)).toBe(day);
});

test.each([
  ["", "DD/MM/YYYY"],
  ["24", "DD/MM/YYYY"],
  ["24/11", "DD/MM/YYYY"],
  ["24/11/26", "DD/MM/YYYY"],
  ["24/11/2026/1", "DD/MM/YYYY"],
  ["11/24/2026", "DD/MM/YYYY"],
  ["24/11/2026", "MM/DD/YYYY"],
  ["124/11/2026", "DD/MM/YYYY"],
  ["24/111/2026", "DD/MM/YYYY"],
  ["24/11/12026", "DD/MM/YYYY"],
  ["x4/11/2026", "DD/MM/YYYY"],
  ["4x/11/2026", "DD/MM/YYYY"],
  ["24/11/2026x", "DD/MM/YYYY"],
  ["24 Foo 2026", "DD/MM/YYYY"],
  ["24 No 2026", "DD/MM/YYYY"],
  ["24 Nov1 2026", "DD/MM/YYYY"],
  ["24 1Nov 2026", "DD/MM/YYYY"],
  ["24 Novemberish 2026", "DD/MM/YYYY"],
] as const)("%j in the format %s is no day", (text, format) => {
  expect(parseDay(text, format)).toBeUndefined();
});

test("months begin and end, and days and months are added over the turn of a year", () => {
  expect([firstDay(202_602), lastDay(202_602), lastDay(202_802), lastDay(202_612)]).toEqual([
    ...[20_260_201, 20_260_228, 20_280_229, 20_261_231],
  ]);
  expect([addDays(20_261_231, 1), addDays(20_260_101, -1), addDays(20_260_228, 2)]).toEqual([
    ...[20_270_101, 20_251_231, 20_260_302],
  ]);
  expect([addMonths(202_612, 1), addMonths(202_601, -1), addMonths(202_606, -18)]).toEqual([
    ...[202_701, 202_512, 202_412],
  ]);
  expect(monthOf(20_261_124)).toBe(202_611);
});

test("days and months are written", () => {
  expect([formatDay(20_261_124, "DD/MM/YYYY"), isoMonth(202_611)]).toEqual(["24/11/2026", "2026-11"]);
  expect([formatMonth(202_601), formatMonth(202_612)]).toEqual(["Jan 2026", "Dec 2026"]);
  expect([shortDay(20_260_105), shortDay(20_261_231)]).toEqual(["5 Jan", "31 Dec"]);
});

test("a range has its days in order, and may be open", () => {
  expect(rangeBetween(2, 1)).toEqual({ from: 1, to: 2 });
  expect(rangeBetween(1, 2)).toEqual({ from: 1, to: 2 });
  expect(rangeBetween(null, 2)).toEqual({ from: null, to: 2 });
  expect(rangeBetween(1, null)).toEqual({ from: 1, to: null });
});

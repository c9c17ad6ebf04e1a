import { type DateFormat, MONTH_NAMES, writtenDate } from "./time.ts";

// Days are numbers as the ledger counts them, 20261124, and months too, 202611. Their arithmetic goes by way of UTC,
// where every day has 24 hours.

export const DAY_MS = 86_400_000;

/** The instant at which `day` begins in UTC. */
export function utcMidnight(day: number): number {
  return Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100);
}

function dayAt(instant: number): number {
  const date = new Date(instant);
  return date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
}

export function addDays(day: number, days: number): number {
  return dayAt(utcMidnight(day) + days * DAY_MS);
}

/** How many days a range has, its first and last included. */
export function daysInRange(from: number, to: number): number {
  return Math.round((utcMidnight(to) - utcMidnight(from)) / DAY_MS) + 1;
}

/** 202611 of 20261124. */
export function monthOf(day: number): number {
  return Math.floor(day / 100);
}

/** The month that is `months` later. */
export function addMonths(month: number, months: number): number {
  const count = Math.floor(month / 100) * 12 + (month % 100) - 1 + months;
  return Math.floor(count / 12) * 100 + (count % 12) + 1;
}

export function firstDay(month: number): number {
  return month * 100 + 1;
}

export function lastDay(month: number): number {
  return addDays(firstDay(addMonths(month, 1)), -1);
}

/** "2026-11-24", as a date field wants it. */
export function isoDay(day: number): string {
  return new Date(utcMidnight(day)).toISOString().slice(0, 10);
}

/** Reads "2026-11-24"; undefined when there is no such day, or none of the years 1970 to 9999. */
export function parseIsoDay(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < "1970") return undefined;
  const day = Number(text.replaceAll("-", ""));
  return dayAt(utcMidnight(day)) === day ? day : undefined;
}

/**
 * Reads a day as the enterprise writes dates, or as ISO 8601: "24/11/2026", "24.11.2026" and "24 11 2026" alike, "24 Nov
 * 2026", "2026-11-24". Undefined when there is no such day.
 */
export function parseDay(text: string, dateFormat: DateFormat): number | undefined {
  const parts = text.trim().split(/[\s./-]+/);
  const [one = "", two = "", three = "", ...more] = parts;
  if (more.length > 0) return undefined;
  const isYearFirst = /^\d{4}$/.test(one);
  const [day, month, year] = isYearFirst
    ? [three, two, one]
    : dateFormat === "MM/DD/YYYY"
      ? [two, one, three]
      : [one, two, three];
  const monthNumber = /^\d{1,2}$/.test(month) ? month : monthNumberOf(month);
  if (!/^\d{1,2}$/.test(day) || !/^\d{4}$/.test(year) || monthNumber === null) return undefined;
  return parseIsoDay(`${year}-${monthNumber.padStart(2, "0")}-${day.padStart(2, "0")}`);
}

/** "11" of "Nov" or "november"; null for no month. */
function monthNumberOf(name: string): string | null {
  const key = name.slice(0, 3).toLowerCase();
  const index = /^[a-z]{3,9}$/i.test(name)
    ? MONTH_NAMES.findIndex((month) => month.toLowerCase() === key)
    : -1;
  return index < 0 ? null : String(index + 1);
}

/** "24/11/2026": the day as the enterprise writes dates. */
export function formatDay(day: number, dateFormat: DateFormat): string {
  const digits = String(day);
  return writtenDate(
    { year: digits.slice(0, -4), month: digits.slice(-4, -2), day: digits.slice(-2) },
    dateFormat,
  );
}

/** "2026-11". */
export function isoMonth(month: number): string {
  return isoDay(firstDay(month)).slice(0, 7);
}

/** "Nov 2026". */
export function formatMonth(month: number): string {
  return `${MONTH_NAMES[(month % 100) - 1]} ${Math.floor(month / 100)}`;
}

/** "24 Nov". */
export function shortDay(day: number): string {
  return `${day % 100} ${MONTH_NAMES[(monthOf(day) % 100) - 1]}`;
}

/** A range of days, both included; null is open. */
export type DayRange = { from: number | null; to: number | null };

/** The days between two, in whichever order they were entered. */
export function rangeBetween(from: number | null, to: number | null): DayRange {
  return from !== null && to !== null && from > to ? { from: to, to: from } : { from, to };
}

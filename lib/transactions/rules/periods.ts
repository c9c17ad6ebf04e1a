import {
  addDays,
  addMonths,
  type DayRange,
  daysInRange,
  firstDay,
  formatDay,
  formatMonth,
  lastDay,
  monthOf,
  rangeBetween,
  shortDay,
  utcMidnight,
} from "#lib/calendar.ts";
import type { DateFormat } from "#lib/time.ts";

/** Periods that move with the calendar. */
export const PERIODS = ["this-month", "last-month", "last-quarter", "30-days", "12-months", "all"] as const;
/** One of {@link PERIODS}, a month such as "2026-10", or a quarter such as "2026-q3". */
export type Period = (typeof PERIODS)[number] | `${number}-${number}` | `${number}-q${number}`;

export const PERIOD_LABELS: Record<(typeof PERIODS)[number], string> = {
  "this-month": "This month",
  "last-month": "Last month",
  "last-quarter": "Last quarter",
  "30-days": "Last 30 days",
  "12-months": "Last 12 months",
  all: "All time",
};

const LONG_MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** Reads a period of the URL; undefined for any other text. Years are 1970 to 9999. */
export function readPeriod(text: string): Period | undefined {
  const named = PERIODS.find((period) => period === text);
  if (named) return named;
  const isMonthOrQuarter = /^(19[7-9]\d|[2-9]\d{3})-(0[1-9]|1[0-2]|q[1-4])$/.test(text);
  return isMonthOrQuarter ? (text as Period) : undefined;
}

/** The first month of the quarter that a month belongs to: 202607 of 202609. */
function firstOfQuarter(month: number): number {
  return month - (((month % 100) - 1) % 3);
}

/** The period of a month: "2026-10" of 202610. */
export function monthPeriod(month: number): Period {
  return `${Math.floor(month / 100)}-${String(month % 100).padStart(2, "0")}` as Period;
}

/** The period of the quarter that a month belongs to: "2026-q4" of 202610. */
function quarterPeriod(month: number): Period {
  return `${Math.floor(month / 100)}-q${Math.ceil((month % 100) / 3)}` as Period;
}

/** The months of a period that does not move: the first and how many; null for a period that moves. */
function fixedMonths(period: Period): { first: number; months: number } | null {
  const [, year, part] = /^(\d{4})-(q?\d+)$/.exec(period) ?? [];
  if (year === undefined || part === undefined) return null;
  return part.startsWith("q")
    ? { first: Number(year) * 100 + Number(part.slice(1)) * 3 - 2, months: 3 }
    : { first: Number(year) * 100 + Number(part), months: 1 };
}

/** "This month", "October 2026", "Q3 2026". */
export function periodLabel(period: Period): string {
  const fixed = fixedMonths(period);
  if (!fixed) return PERIOD_LABELS[period as (typeof PERIODS)[number]];
  const year = Math.floor(fixed.first / 100);
  return fixed.months === 3
    ? `Q${Math.ceil((fixed.first % 100) / 3)} ${year}`
    : `${LONG_MONTHS[(fixed.first % 100) - 1]} ${year}`;
}

/** The months and quarters to choose from: those up to today's, the newest first. */
export function periodChoices(today: number): { months: Period[]; quarters: Period[] } {
  const month = monthOf(today);
  return {
    months: Array.from({ length: 24 }, (_, index) => monthPeriod(addMonths(month, -index))),
    quarters: Array.from({ length: 8 }, (_, index) => quarterPeriod(addMonths(month, -3 * index))),
  };
}

const wholeMonths = (first: number, months: number) => ({
  from: firstDay(first),
  to: lastDay(addMonths(first, months - 1)),
});

/** The days of a period. Months are whole: the twelve are the current one and the eleven before. */
export function periodRange(period: Period, today: number): DayRange {
  const month = monthOf(today);
  const fixed = fixedMonths(period);
  if (fixed) return wholeMonths(fixed.first, fixed.months);
  switch (period) {
    case "this-month":
      return wholeMonths(month, 1);
    case "last-month":
      return wholeMonths(addMonths(month, -1), 1);
    case "last-quarter":
      return wholeMonths(addMonths(firstOfQuarter(month), -3), 3);
    case "30-days":
      return { from: addDays(today, -29), to: today };
    case "12-months":
      return wholeMonths(addMonths(month, -11), 12);
    default:
      return { from: null, to: null };
  }
}

/** Whether a range begins and ends with a month, or is open. */
export function isWholeMonths({ from, to }: DayRange): boolean {
  return (from === null || from === firstDay(monthOf(from))) && (to === null || to === lastDay(monthOf(to)));
}

/** The days that a view has: its own from and to, in whichever order, else its period. */
export function rangeOf(
  view: { period: Period; from: number | null; to: number | null },
  today: number,
): DayRange {
  const { from, to } = view;
  if (from === null && to === null) return periodRange(view.period, today);
  return rangeBetween(from, to);
}

const GRANULARITIES = ["day", "week", "month", "year"] as const;
export type Granularity = (typeof GRANULARITIES)[number];

/** The longer of two. */
export function coarser(one: Granularity, other: Granularity): Granularity {
  return GRANULARITIES.indexOf(one) > GRANULARITIES.indexOf(other) ? one : other;
}

/** The most bars of a chart, and the most columns of a table. */
const MAX_BUCKETS = 62;

/** The length of time of one bar of a chart over these days: few enough bars to read, enough to compare. */
export function granularityOf(from: number, to: number): Granularity {
  const days = daysInRange(from, to);
  if (days <= 45) return "day";
  if (days <= 190) return "week";
  return fits("month", from, to) ? "month" : "year";
}

/** Whether a chart over these days has at most {@link MAX_BUCKETS} bars. */
export function fits(granularity: Granularity, from: number, to: number): boolean {
  if (granularity === "day") return daysInRange(from, to) <= MAX_BUCKETS;
  if (granularity === "week") return daysInRange(bucketStart(from, "week"), to) <= MAX_BUCKETS * 7;
  return granularity === "year" || monthsBetween(monthOf(from), monthOf(to)) < MAX_BUCKETS;
}

/** How many months later `to` is. */
function monthsBetween(from: number, to: number): number {
  return (Math.floor(to / 100) - Math.floor(from / 100)) * 12 + (to % 100) - (from % 100);
}

/** The granularities that a view can have. */
export const PER_CHOICES = ["auto", "day", "week", "month"] as const;
export type Per = (typeof PER_CHOICES)[number];

/** The granularity of a view: as it was chosen, or by {@link granularityOf} where that would be too many bars. */
export function granularityFor(per: Per, from: number, to: number): Granularity {
  return per !== "auto" && fits(per, from, to) ? per : granularityOf(from, to);
}

/** One bar of a chart, or one column of a table; `from` and `to` are days, both included. */
export type Bucket = { from: number; to: number };

/** The first day of the day, week, month or year that a day belongs to. Weeks begin on Monday (ISO 8601). */
export function bucketStart(day: number, granularity: Granularity): number {
  switch (granularity) {
    case "day":
      return day;
    case "week": {
      const weekday = (new Date(utcMidnight(day)).getUTCDay() + 6) % 7;
      return addDays(day, -weekday);
    }
    case "month":
      return firstDay(monthOf(day));
    case "year":
      return Math.floor(day / 10_000) * 10_000 + 101;
  }
}

function nextStart(start: number, granularity: Granularity): number {
  switch (granularity) {
    case "day":
      return addDays(start, 1);
    case "week":
      return addDays(start, 7);
    case "month":
      return firstDay(addMonths(monthOf(start), 1));
    case "year":
      return start + 10_000;
  }
}

/** The bars from `from` to `to`; the first and the last may be cut short. */
export function bucketsOf(from: number, to: number, granularity: Granularity): Bucket[] {
  const buckets: Bucket[] = [];
  for (let start = bucketStart(from, granularity); start <= to; start = nextStart(start, granularity)) {
    const end = addDays(nextStart(start, granularity), -1);
    buckets.push({ from: Math.max(start, from), to: Math.min(end, to) });
  }
  return buckets;
}

/** Adds days up into the bars from `from` to `to`, empty ones included. */
export function bucketDays(
  days: readonly { day: number; spent: bigint }[],
  from: number,
  to: number,
  granularity: Granularity,
): (Bucket & { spent: bigint })[] {
  const buckets = bucketsOf(from, to, granularity).map((bucket) => ({ ...bucket, spent: 0n }));
  const byStart = new Map(buckets.map((bucket) => [bucketStart(bucket.from, granularity), bucket]));
  for (const { day, spent } of days) {
    const bucket = byStart.get(bucketStart(day, granularity));
    if (bucket && day >= from && day <= to) bucket.spent += spent;
  }
  return buckets;
}

/** The day `months` later, or the last day of that month. */
function shiftMonths(day: number, months: number): number {
  const month = addMonths(monthOf(day), months);
  return Math.min(firstDay(month) + (day % 100) - 1, lastDay(month));
}

/**
 * The range before a range, with which it is compared bar by bar: as many months before where it is one of whole months
 * or its bars are months, as many weeks before where they are weeks, else as many days before.
 *
 * @returns null for an open range, and for bars of years
 */
export function previousRange({ from, to }: DayRange, granularity: Granularity): DayRange | null {
  if (from === null || to === null || granularity === "year") return null;
  if (granularity === "week") {
    const weeks = bucketsOf(from, to, "week").length;
    return { from: addDays(from, -7 * weeks), to: addDays(to, -7 * weeks) };
  }
  const months = monthsBetween(monthOf(from), monthOf(to)) + 1;
  if (isWholeMonths({ from, to })) return wholeMonths(addMonths(monthOf(from), -months), months);
  if (granularity === "month") return { from: shiftMonths(from, -months), to: shiftMonths(to, -months) };
  const days = daysInRange(from, to);
  return { from: addDays(from, -days), to: addDays(to, -days) };
}

/** "24/11/2026", "16/11/2026 – 22/11/2026", "Nov 2026" or "2026": the label of a bar. */
export function bucketLabel({ from, to }: Bucket, granularity: Granularity, dateFormat: DateFormat): string {
  switch (granularity) {
    case "day":
      return formatDay(from, dateFormat);
    case "week":
      return from === to
        ? formatDay(from, dateFormat)
        : `${formatDay(from, dateFormat)} – ${formatDay(to, dateFormat)}`;
    case "month":
      return formatMonth(monthOf(from));
    case "year":
      return String(Math.floor(from / 10_000));
  }
}

/** A shorter label for the axis. */
export function bucketTick({ from }: Bucket, granularity: Granularity): string {
  if (granularity === "month") return formatMonth(monthOf(from));
  return granularity === "year" ? String(Math.floor(from / 10_000)) : shortDay(from);
}

import { addDays, addMonths, daysInRange, firstDay, lastDay, monthOf } from "#lib/calendar.ts";
import { demoDay, demoSpends } from "#lib/demo/spending.ts";
import { forecastMonth, HISTORY_DAYS, MIN_HISTORY_DAYS, median, usualWeek } from "#lib/forecast/rules.ts";
import { llmRequests } from "./llm-requests.ts";

// How far off the forecast of a month would have been in the middle of it, beside simpler forecasts.

/** What was spent on each day from `first` on, without gaps, in micro-credits. */
export type Series = { first: number; days: readonly bigint[] };

/** Forecasts what the next `count` days cost, from the complete days before them. */
type Method = (days: readonly bigint[], count: number) => bigint;

const sum = (days: readonly bigint[]): bigint => days.reduce((all, day) => all + day, 0n);
const repeated = (week: readonly bigint[], count: number): bigint =>
  sum(Array.from({ length: count }, (_, ahead) => week[ahead % 7] ?? 0n));

export const METHODS = {
  "the usual week": (days, count) => repeated(usualWeek(days), count),
  "median of each weekday": (days, count) => {
    const sameWeekday = (ahead: number) =>
      [1, 2, 3, 4, 5, 6, 7, 8].flatMap((week) => days[days.length + ahead - week * 7] ?? []);
    return repeated(
      [0, 1, 2, 3, 4, 5, 6].map((ahead) => median(sameWeekday(ahead))),
      count,
    );
  },
  "mean of 28 days": (days, count) => {
    const last = days.slice(-28);
    return (sum(last) * BigInt(count)) / BigInt(last.length);
  },
  "last week again": (days, count) => repeated(days.slice(-7), count),
} as const satisfies Record<string, Method>;
export type MethodName = keyof typeof METHODS;

export type BackTest = {
  /** How many months were forecast. */
  months: number;
  /**
   * How far off each method was: the sum of its errors in percent of what was spent (WAPE), over the rest of the month
   * and over the whole of it. The mean of several series, because their credits do not compare.
   */
  errors: Record<MethodName, { rest: number; month: number }>;
  /** In how many of the months that had a range the true total was within it. */
  withinRange: number;
  ranges: number;
  /** The same of forecasts on every other day of each month, in percent. */
  withinRangePercent: number;
};

/** Months are forecast after this day, and for their ranges after these too. */
const MIDDLE = 15;
const EVERY_OTHER_DAY = [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27];

const percent = (share: number) => Math.round(share * 1_000) / 10;
const mean = (shares: readonly number[]) => shares.reduce((all, one) => all + one, 0) / shares.length;

/** Forecasts every whole month of the series after its 15th day and after others, where there was enough history. */
export function backTest(series: readonly Series[]): BackTest {
  const names = Object.keys(METHODS) as MethodName[];
  const ofSeries = series.map((one) => months(one, MIDDLE));
  const error = (name: MethodName, of: "rest" | "month") =>
    percent(
      mean(
        ofSeries.map((tried) => {
          const off = tried.map(({ forecasts, rest }) => Math.abs(Number(forecasts[name] - rest)));
          const spent = tried.map(({ before, rest }) => Number(of === "rest" ? rest : before + rest));
          return mean(off) / mean(spent);
        }),
      ),
    );
  const all = ofSeries.flat();
  const onAnyDay = series.flatMap((one) => EVERY_OTHER_DAY.flatMap((day) => months(one, day)));
  return {
    months: all.length,
    errors: Object.fromEntries(
      names.map((name) => [name, { rest: error(name, "rest"), month: error(name, "month") }]),
    ) as BackTest["errors"],
    withinRange: all.filter(({ isWithin }) => isWithin === true).length,
    ranges: all.filter(({ isWithin }) => isWithin !== null).length,
    withinRangePercent: percent(
      mean(onAnyDay.flatMap(({ isWithin }) => (isWithin === null ? [] : Number(isWithin)))),
    ),
  };
}

type TriedMonth = {
  /** What was spent up to the day of the forecast, and after it. */
  before: bigint;
  rest: bigint;
  forecasts: Record<MethodName, bigint>;
  /** Null without a range. */
  isWithin: boolean | null;
};

/** Forecasts every whole month after the day `dayOfMonth`. */
function months({ first, days }: Series, dayOfMonth: number): TriedMonth[] {
  const last = addDays(first, days.length - 1);
  const tried: TriedMonth[] = [];
  for (let month = monthOf(first); lastDay(month) <= last; month = addMonths(month, 1)) {
    const at = daysInRange(first, firstDay(month) + dayOfMonth - 1);
    if (firstDay(month) < first || at < MIN_HISTORY_DAYS) continue;
    const history = days.slice(Math.max(0, at - HISTORY_DAYS), at);
    const daysLeft = (lastDay(month) % 100) - dayOfMonth;
    const before = sum(days.slice(at - dayOfMonth, at));
    const rest = sum(days.slice(at, at + daysLeft));
    const forecasts = Object.fromEntries(
      Object.entries(METHODS).map(([name, method]) => [name, method(history, daysLeft)]),
    ) as TriedMonth["forecasts"];
    const range = forecastMonth(history, { before, today: 0n, daysLeft })?.range;
    const isWithin = range ? range.low <= before + rest && before + rest <= range.high : null;
    tried.push({ before, rest, forecasts, isWithin });
  }
  return tried;
}

/** The demo's spending by credit type, up to the day before `now`. */
export function demoSeries(now: Date): Series[] {
  const byType = new Map<string, Map<number, bigint>>();
  for (const { organization, at, credits } of demoSpends(now)) {
    const days = byType.get(organization.creditType) ?? new Map<number, bigint>();
    byType.set(organization.creditType, days);
    const { day } = demoDay(at);
    days.set(day, (days.get(day) ?? 0n) + credits);
  }
  const yesterday = addDays(demoDay(now).day, -1);
  return [...byType.values()].map((spent) => {
    const first = Math.min(...spent.keys());
    const days = Array.from(
      { length: daysInRange(first, yesterday) },
      (_, index) => spent.get(addDays(first, index)) ?? 0n,
    );
    return { first, days };
  });
}

/** The hour of real requests, stretched to `length` days from `first` on. It has real bursts, and no weekdays. */
export function requestSeries(first: number, length: number): Series {
  const requests = llmRequests();
  const start = requests[0]?.at.getTime() ?? 0;
  const end = (requests.at(-1)?.at.getTime() ?? 0) + 1;
  const days = Array.from({ length }, () => 0n);
  for (const { at, credits } of requests) {
    const day = Math.floor(((at.getTime() - start) / (end - start)) * length);
    days[day] = (days[day] ?? 0n) + credits;
  }
  return { first, days };
}

/** The same with one day of every hundred that costs ten times as much as the others, such as a batch job. */
export function withExpensiveDays({ first, days }: Series): Series {
  const ordinary = sum(days) / BigInt(days.length);
  return { first, days: days.map((spent, index) => (index % 100 === 50 ? spent + 10n * ordinary : spent)) };
}

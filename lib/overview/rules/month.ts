import { addDays, addMonths, type DayRange, daysInRange, firstDay, lastDay, monthOf } from "#lib/calendar.ts";
import { forecastMonth, HISTORY_DAYS, type MonthForecast } from "#lib/forecast/rules.ts";
import { monthComparison } from "#lib/transactions/rules.ts";

/** The days whose spending {@link monthFigures} needs: this month, the one before, and the history of the forecast. */
export function daysNeeded(today: number): { from: number; to: number } {
  return { from: addDays(today, -HISTORY_DAYS), to: lastDay(monthOf(today)) };
}

/** This month so far, and as many days of the month before. */
export function monthsCompared(today: number): { now: DayRange; before: DayRange } {
  const { now, before } = monthComparison(today);
  if (now.to !== today) return { now, before };
  // The whole month, because the sums of a whole month are read from fewer rows. No later day has spending.
  return { now: { from: firstDay(monthOf(today)), to: lastDay(monthOf(today)) }, before };
}

/** A month so far against the month before, with a forecast; amounts in micro-credits. */
export type MonthFigures = {
  /** This month up to now. */
  spent: bigint;
  /** In the days of {@link monthComparison}, of this month and of the month before. */
  comparedSpent: bigint;
  sameDaysBefore: bigint;
  /** All of the month before. */
  monthBefore: bigint;
  /** Null with too little history. */
  forecast: MonthForecast | null;
  /** What had been spent by the end of each day: of this month up to today, and of the month before. */
  byDay: bigint[];
  byDayBefore: bigint[];
};

/**
 * The figures of a month.
 *
 * @param spending by day, e.g. 20261124, over {@link daysNeeded}; days without spending may be missing
 * @param today the day that has begun
 */
export function monthFigures(spending: ReadonlyMap<number, bigint>, today: number): MonthFigures {
  const spentOn = (from: number, to: number): bigint[] =>
    from > to
      ? []
      : Array.from({ length: daysInRange(from, to) }, (_, index) => spending.get(addDays(from, index)) ?? 0n);
  const month = monthOf(today);
  const monthBefore = addMonths(month, -1);
  const thisMonth = spentOn(firstDay(month), today);
  const before = spentOn(firstDay(monthBefore), lastDay(monthBefore));
  const first = Math.max(Math.min(...spending.keys()), addDays(today, -HISTORY_DAYS));
  const spent = sum(thisMonth);
  const spentToday = thisMonth.at(-1) ?? 0n;
  const { days } = monthComparison(today);
  return {
    spent,
    comparedSpent: sum(thisMonth.slice(0, days)),
    sameDaysBefore: sum(before.slice(0, days)),
    monthBefore: sum(before),
    forecast: forecastMonth(spending.size === 0 ? [] : spentOn(first, addDays(today, -1)), {
      before: spent - spentToday,
      today: spentToday,
      daysLeft: daysInRange(today, lastDay(month)),
    }),
    byDay: runningTotals(thisMonth),
    byDayBefore: runningTotals(before),
  };
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, one) => all + one, 0n);

function runningTotals(amounts: readonly bigint[]): bigint[] {
  let total = 0n;
  return amounts.map((amount) => {
    total += amount;
    return total;
  });
}

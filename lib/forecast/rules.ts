import { largest } from "#lib/transactions/rules.ts";

// What the rest of a month will cost, from what is usual on each day of the week. Days are in order and without gaps, so
// that the same weekday is seven places back. All amounts are in micro-credits.

const WEEK = 7;
/** From how many earlier days of the same weekday a day is forecast. */
const WEEKS = 8;
/** With fewer complete days nothing is forecast, because a weekday would have been seen only once. */
export const MIN_HISTORY_DAYS = 2 * WEEK;
/** From the errors of how many earlier forecasts the range is made. */
const PAST_FORECASTS = 28;
/**
 * How many days these forecasts are apart, which brings each weekday in turn: 20 weeks in all. The forecasts of
 * neighbouring days are off by nearly the same, so the same number of forecasts from one month would show only that month.
 */
const DAYS_APART = 5;
/** With fewer past forecasts there is no range: the largest of four errors is the first that four of five stay below. */
const MIN_PAST_FORECASTS = 4;
/** How many percent of forecasts the range is meant for. */
const RANGE_PERCENT = 80;
/** How many complete days the forecast of a month and its range can use. */
export const HISTORY_DAYS = WEEKS * WEEK + (PAST_FORECASTS - 1) * DAYS_APART + 31;

/** The middle amount; between two, their mean, half rounded up. @param amounts at least one, none below 0 */
export function median(amounts: readonly bigint[]): bigint {
  const sorted = [...amounts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const upper = sorted[sorted.length >> 1] ?? 0n;
  const lower = sorted[(sorted.length - 1) >> 1] ?? 0n;
  return (lower + upper + 1n) / 2n;
}

/**
 * What is usual on each of the seven days from `at` on: the median of the totals of the eight weeks before, spread over
 * the weekdays in proportion to each weekday's own median. The medians of single days alone would add up to too little,
 * because a few days of each week cost much more than the others.
 *
 * @param days what was spent on each day
 * @param at the place of the first day that is forecast; at least seven days are before it
 */
export function usualWeek(days: readonly bigint[], at: number = days.length): bigint[] {
  const weeks = Array.from({ length: Math.min(WEEKS, Math.floor(at / WEEK)) }, (_, back) =>
    days.slice(at - (back + 1) * WEEK, at - back * WEEK),
  );
  const ofWeek = median(weeks.map(sum));
  const ofWeekdays = Array.from({ length: WEEK }, (_, weekday) =>
    median(weeks.map((week) => week[weekday] ?? 0n)),
  );
  const all = sum(ofWeekdays);
  return ofWeekdays.map((ofWeekday) => (all === 0n ? ofWeek / 7n : (ofWeek * ofWeekday) / all));
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, one) => all + one, 0n);

/** Adds up the next `count` days by {@link usualWeek}. */
const sumOfNext = (week: readonly bigint[], count: number): bigint => {
  let all = 0n;
  for (let ahead = 0; ahead < count; ahead++) all += week[ahead % WEEK] ?? 0n;
  return all;
};

/**
 * How far off the forecasts of `count` days were in the last 20 weeks: the error below which the next one stays with
 * {@link RANGE_PERCENT}. Of n errors and the next one, each is as likely as the others to be the largest, so that the next
 * one is not above the k-th smallest in k of n + 1 cases (split conformal prediction). Null with too few of them.
 */
export function usualError(days: readonly bigint[], count: number): bigint | null {
  const errors: bigint[] = [];
  for (let past = 0; past < PAST_FORECASTS; past++) {
    const at = days.length - count - past * DAYS_APART;
    if (at < MIN_HISTORY_DAYS) break;
    const forecast = sumOfNext(usualWeek(days, at), count);
    const spent = sum(days.slice(at, at + count));
    errors.push(spent > forecast ? spent - forecast : forecast - spent);
  }
  if (errors.length < MIN_PAST_FORECASTS) return null;
  errors.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return errors[Math.ceil(((errors.length + 1) * RANGE_PERCENT) / 100) - 1] ?? null;
}

/** What a month is likely to cost in all. */
export type MonthForecast = {
  total: bigint;
  /** Where {@link usualError} leads, never below what is spent; null with too few past forecasts. */
  range: { low: bigint; high: bigint } | null;
  /** What will have been spent by the end of today and of each later day of the month. */
  byDay: bigint[];
};

/**
 * Forecasts a month from its days so far and the days before.
 *
 * @param days what was spent on each complete day up to yesterday, the first of them with spending
 * @param month what was spent in the month up to yesterday and on the day that has begun, and how many days are left of it,
 *   that day included
 * @returns null with fewer than {@link MIN_HISTORY_DAYS} complete days
 */
export function forecastMonth(
  days: readonly bigint[],
  { before, today, daysLeft }: { before: bigint; today: bigint; daysLeft: number },
): MonthForecast | null {
  if (days.length < MIN_HISTORY_DAYS) return null;
  const week = usualWeek(days);
  // The day that has begun may have cost more than usual already.
  const byDay = Array.from({ length: daysLeft }, (_, ahead) =>
    ahead === 0 ? largest([today, week[0] ?? 0n]) : (week[ahead % WEEK] ?? 0n),
  );
  let total = before;
  for (const [ahead, spent] of byDay.entries()) {
    total += spent;
    byDay[ahead] = total;
  }
  const error = usualError(days, daysLeft);
  const range =
    error === null ? null : { low: largest([before + today, total - error]), high: total + error };
  return { total, range, byDay };
}

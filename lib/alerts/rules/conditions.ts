import { MICRO_PER_CREDIT } from "#lib/credits.ts";

// When an alert opens and when it is resolved. Between the two limits nothing happens, so that a figure that moves
// around its threshold does not open one alert after the other.

/** How many percentage points on the right side of its threshold a figure must be before the alert is resolved. */
const POINTS_TO_RESOLVE = 5n;

/** What a rule compares. All in one unit. */
export type Comparison = {
  value: bigint;
  /** "below": the alert opens below the limit. "from": it opens from the limit on. */
  side: "below" | "from";
  limit: bigint;
  /** "below": it is resolved from here on. "from": it is resolved below this. */
  clear: bigint;
  /** What the limit is a share of; null where it is none. */
  base: bigint | null;
};

/** "crossed": an alert has to be there. "clear": none may be. "between": what is there stays. */
export function stateOf({ value, side, limit, clear }: Comparison): "crossed" | "between" | "clear" {
  const isCrossed = side === "below" ? value < limit : value >= limit;
  if (isCrossed) return "crossed";
  const isClear = side === "below" ? value >= clear : value < clear;
  return isClear ? "clear" : "between";
}

/** SQLite's largest integer. Limits beyond it are never reached, and stored as it. */
export const MAX_FIGURE = 2n ** 63n - 1n;

/** The figure, as far as SQLite can store it. */
export const storable = (figure: bigint): bigint => (figure > MAX_FIGURE ? MAX_FIGURE : figure);

/** The smallest whole number that is not less than `base` × `percent` / 100, as far as SQLite can store it. */
export const shareOf = (base: bigint, percent: bigint): bigint => storable((base * percent + 99n) / 100n);

const fivePointsMore = (limit: bigint): bigint => shareOf(limit, 100n + POINTS_TO_RESOLVE);
const fivePointsLess = (limit: bigint): bigint => shareOf(limit, 100n - POINTS_TO_RESOLVE);

/** A figure that must not fall below an amount, a number of days and the like. */
export function belowAmount(value: bigint, limit: bigint): Comparison {
  const clear = fivePointsMore(limit);
  return { value, side: "below", limit, clear: clear > limit ? clear : limit + 1n, base: null };
}

/** A figure that must not reach a number. */
export function fromNumber(value: bigint, limit: bigint): Comparison {
  return { value, side: "from", limit, clear: fivePointsLess(limit), base: null };
}

/** A figure that must not fall below a share of `base`. */
export function belowShare(value: bigint, base: bigint, percent: bigint): Comparison {
  return {
    value,
    side: "below",
    limit: shareOf(base, percent),
    clear: shareOf(base, percent + POINTS_TO_RESOLVE),
    base,
  };
}

/** A figure that must not reach a share of `base`, such as 80% of an allowance. */
export function fromShare(value: bigint, base: bigint, percent: bigint): Comparison {
  return {
    value,
    side: "from",
    limit: shareOf(base, percent),
    clear: shareOf(base, percent - POINTS_TO_RESOLVE),
    base,
  };
}

/** A month that must not be `percent` percent above the month before. */
export function aboveLastMonth(value: bigint, lastMonth: bigint, percent: bigint): Comparison {
  return fromShare(value, lastMonth, 100n + percent);
}

/** The percentages of `shares`, lowest first, that a sum has reached now and had not before. */
export function sharesCrossed(
  shares: readonly bigint[],
  before: bigint,
  after: bigint,
  whole: bigint,
): bigint[] {
  return shares.filter((share) => before * 100n < whole * share && after * 100n >= whole * share);
}

/** The middle of the figures; of an even number, the mean of the two in the middle, rounded down. */
export function medianOf(figures: readonly bigint[]): bigint {
  const sorted = [...figures].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0n;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0n) + upper) / 2n;
}

/** How many earlier days of the same weekday a day is compared with. */
export const UNUSUAL_WEEKS = 8;
/** With fewer of them that have any spending, a day is not judged. */
const UNUSUAL_WEEKS_LEAST = 4;
/** A day of less than this is never unusual. */
const UNUSUAL_LEAST = 10n * MICRO_PER_CREDIT;

/**
 * Compares a day's spending with the same weekday of the eight weeks before: the median, and the median absolute
 * deviation (MAD) times 1.4826, which estimates the standard deviation of normal data (Rousseeuw and Croux, 1993). A
 * tenth of the median is the least deviation, because days that are all alike have none.
 *
 * @param before what was spent on the same weekday in the weeks before, 0 where nothing was
 * @returns null where there is too little history
 */
export function unusualSpend(
  value: bigint,
  before: readonly bigint[],
  deviations: bigint,
): Comparison | null {
  if (before.filter((spent) => spent > 0n).length < UNUSUAL_WEEKS_LEAST) return null;
  const median = medianOf(before);
  const deviation = medianOf(before.map((spent) => (spent > median ? spent - median : median - spent)));
  const scaled = (deviation * 14_826n) / 10_000n;
  const least = median / 10n;
  const limit = median + deviations * (scaled > least ? scaled : least);
  return { ...fromNumber(value, storable(limit > UNUSUAL_LEAST ? limit : UNUSUAL_LEAST)), base: median };
}

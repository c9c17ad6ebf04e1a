import { addDays } from "#lib/calendar.ts";

// How long a balance lasts: the balance divided by the mean daily spend of the last 30 days, today included. One
// definition for organizations and pools, and for every page and alert that shows it.

/** The mean is taken of this many days, of which today is the last. */
const SPENDING_DAYS = 30;

/** Longer runways count as this one, so that the column of days stays small. It is more than 270 years. */
const MAX_DAYS_LEFT = 99_999;

const YEAR_DAYS = 365;
/** From here on a runway is written in years. */
const MIN_YEARS = 2;
const MAX_YEARS = 10;

/**
 * How long a balance lasts.
 * - `unused`: nothing was spent in the last 30 days, so there is no rate, whatever the balance is.
 * - `empty`: credits were spent, and none are left.
 * - `running`: the balance lasts for this many whole days; 0 for less than one, at most {@link MAX_DAYS_LEFT}.
 */
export type Runway = { state: "unused" } | { state: "empty" } | { state: "running"; days: number };

/** An amount that is left and what was spent of it in the last 30 days, both in micro-credits. */
export type Spending = { balance: bigint; spentLast30Days: bigint };

/** The first of the days whose spending counts, e.g. 20261028 for 20261126. */
export function firstSpendingDay(today: number): number {
  return addDays(today, 1 - SPENDING_DAYS);
}

/**
 * How long the balance lasts at the mean daily spend of the last 30 days. `organizations.days_left` has the same number
 * of days.
 */
export function runwayOf({ balance, spentLast30Days }: Spending): Runway {
  if (spentLast30Days <= 0n) return { state: "unused" };
  if (balance <= 0n) return { state: "empty" };
  const days = (balance * BigInt(SPENDING_DAYS)) / spentLast30Days;
  return { state: "running", days: days > BigInt(MAX_DAYS_LEFT) ? MAX_DAYS_LEFT : Number(days) };
}

/** The whole days that are left: 0 for an empty balance, null where nothing was spent. */
export function daysLeft(runway: Runway): number | null {
  if (runway.state === "unused") return null;
  return runway.state === "empty" ? 0 : runway.days;
}

/** The day on which the credits run out, e.g. 20261208; null where nothing was spent or nothing is left. */
export function runsOutOn(runway: Runway, today: number): number | null {
  return runway.state === "running" ? addDays(today, runway.days) : null;
}

/** What was spent a day in the mean, in micro-credits, half rounded up. */
export function meanDailySpend(spentLast30Days: bigint): bigint {
  const days = BigInt(SPENDING_DAYS);
  return (2n * spentLast30Days + days) / (2n * days);
}

/** "12 days", "Less than a day", "Over 2 years" up to "Over 10 years", "Empty" or "No spending". */
export function runwayText(runway: Runway): string {
  if (runway.state === "unused") return "No spending";
  if (runway.state === "empty") return "Empty";
  const { days } = runway;
  if (days === 0) return "Less than a day";
  const years = Math.min(Math.floor(days / YEAR_DAYS), MAX_YEARS);
  if (years >= MIN_YEARS) return `Over ${years} years`;
  return days === 1 ? "1 day" : `${days} days`;
}

/** How urgent it is that credits are added: `danger` up to a week, `warning` up to 30 days. */
export function runwayUrgency(runway: Runway): "danger" | "warning" | "none" {
  const days = daysLeft(runway);
  if (days === null || days > SPENDING_DAYS) return "none";
  return days <= 7 ? "danger" : "warning";
}

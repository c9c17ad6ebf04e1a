import {
  addMonths,
  DAY_MS,
  type DayRange,
  firstDay,
  lastDay,
  monthOf,
  shortDay,
  utcMidnight,
} from "#lib/calendar.ts";
import { formatCredits, groupDigits } from "#lib/credits.ts";
import type { EntryKind } from "#lib/ledger/rules.ts";

/**
 * Instants outside of which no entry of these days lies, whatever time zone counted them when they were recorded:
 * zones go from 12 hours behind UTC to 14 ahead. They only narrow the range of an index; an entry belongs to its day.
 */
export function instantBounds({ from, to }: DayRange): { first: number | null; last: number | null } {
  const hour = 3_600_000;
  return {
    first: from === null ? null : utcMidnight(from) - 14 * hour,
    last: to === null ? null : utcMidnight(to) + DAY_MS + 12 * hour - 1,
  };
}

/** Kinds whose credits go back. */
const GOES_BACK: ReadonlySet<EntryKind> = new Set(["return", "reversal"]);

/** An entry's amount with its sign: a return and a reversal are negative, so that a sum is what remains. */
export function signedAmount({ kind, amount }: { kind: EntryKind; amount: bigint }): bigint {
  return GOES_BACK.has(kind) ? -amount : amount;
}

/** Round marks from 0 to at least `max`, at most six: 0, 500, 1,000, 1,500. */
export function axisTicks(max: bigint): bigint[] {
  if (max <= 0n) return [0n, 1_000_000n];
  let step = 1n;
  for (const factor of cycle()) {
    if (step * 5n >= max) break;
    // The factors from 1 to 2, to 5, to 10, and so on, in halves.
    step = (step * factor) / 2n;
  }
  const marks = (max + step - 1n) / step;
  return Array.from({ length: Number(marks) + 1 }, (_, index) => BigInt(index) * step);
}

function* cycle(): Generator<bigint> {
  for (;;) yield* [4n, 5n, 4n];
}

/** The largest of these amounts, at least 0. Math.max does not take bigints. */
export function largest(amounts: readonly bigint[]): bigint {
  let most = 0n;
  for (const amount of amounts) if (amount > most) most = amount;
  return most;
}

/** "12K", "1.5M": round figures for an axis. */
export function compactCredits(micro: bigint): string {
  for (const [unit, letter] of [
    [1_000_000_000n, "B"],
    [1_000_000n, "M"],
    [1_000n, "K"],
  ] as const) {
    if (micro >= unit * 1_000_000n * (letter === "K" ? 10n : 1n))
      return `${formatCredits(micro / unit)}${letter}`;
  }
  return formatCredits(micro);
}

/** `part` of `whole` in tenths of a percent, half rounded up. */
function permille(part: bigint, whole: bigint): bigint {
  return (part * 2_000n + whole) / (whole * 2n);
}

function tenths(value: bigint): string {
  return value % 10n === 0n ? `${value / 10n}` : `${value / 10n}.${value % 10n}`;
}

/** "12.5%"; "<0.1%" for a share above 0 that rounds to 0. */
export function shareText(part: bigint, whole: bigint): string {
  if (part === 0n || whole === 0n) return "0%";
  const share = permille(part, whole);
  return share === 0n ? "<0.1%" : `${tenths(share)}%`;
}

/** "+12.5%", "−8%", "0%"; null when there is nothing to compare with. */
export function changeText(now: bigint, before: bigint): string | null {
  if (before === 0n) return null;
  const change = now >= before ? permille(now - before, before) : permille(before - now, before);
  if (change === 0n) return "0%";
  const [whole = "", fraction] = tenths(change).split(".");
  const text = fraction === undefined ? groupDigits(whole) : `${groupDigits(whole)}.${fraction}`;
  return `${now > before ? "+" : "−"}${text}%`;
}

/**
 * This month so far, and the same number of days of the month before. On the last days of a month that is longer than the
 * one before, both ranges end where the shorter one does.
 */
export function monthComparison(today: number): { days: number; now: DayRange; before: DayRange } {
  const before = addMonths(monthOf(today), -1);
  const days = Math.min(today % 100, lastDay(before) % 100);
  const first = (month: number) => ({ from: firstDay(month), to: firstDay(month) + days - 1 });
  return { days, now: first(monthOf(today)), before: first(before) };
}

/** "1–24 Nov": days that begin on the first of a month. */
export const daysOfMonthText = ({ from, to }: DayRange): string =>
  from === to ? shortDay(from ?? 0) : `${(from ?? 0) % 100}–${shortDay(to ?? 0)}`;

/**
 * "1–28 Mar vs 1–28 Feb" on a day of a month that the one before did not have, because a change is then not that of the
 * month so far; else null.
 */
export function cutComparisonText(today: number): string | null {
  const { now, before } = monthComparison(today);
  return now.to === today ? null : `${daysOfMonthText(now)} vs ${daysOfMonthText(before)}`;
}

/** `spent` for each of `days`, half rounded up to the micro-credit. */
export function perDay(spent: bigint, days: number): bigint {
  return days < 1 ? 0n : (spent * 2n + BigInt(days)) / (BigInt(days) * 2n);
}

/** The largest parts and what is left over. */
export function topAndRest<T extends { spent: bigint }>(
  parts: readonly T[],
  top: number,
): { top: T[]; rest: bigint; others: number } {
  const sorted = parts
    .filter((part) => part.spent !== 0n)
    .sort((a, b) => (a.spent < b.spent ? 1 : a.spent > b.spent ? -1 : 0));
  const rest = sorted.slice(top);
  return {
    top: sorted.slice(0, top),
    rest: rest.reduce((sum, part) => sum + part.spent, 0n),
    others: rest.length,
  };
}

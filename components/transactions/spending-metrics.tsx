"use client";

import { Icon } from "#components/ui/icon.tsx";
import { Metric } from "#components/ui/metric.tsx";
import { type DayRange, shortDay } from "#lib/calendar.ts";
import { formatCount, formatCredits, formatWholeCredits } from "#lib/credits.ts";
import { changeText } from "#lib/transactions/rules.ts";
import type { SpendingMetrics as Figures } from "#lib/transactions/spending.ts";

/** Spending in total, this month, compared with last month, and per day, with the filters of the list below. */
export function SpendingMetrics({
  metrics,
  money,
}: {
  metrics: Figures;
  /** What was spent is worth this, where it is of one credit type. */
  money: { spent: string; thisMonth: string } | null;
}) {
  const { comparison } = metrics;
  const change = changeText(comparison.nowSpent, comparison.beforeSpent);
  // Both ranges begin on the first day of a month: "1–24 Nov".
  const days = ({ from, to }: DayRange) =>
    from === to ? shortDay(from ?? 0) : `${(from ?? 0) % 100}–${shortDay(to ?? 0)}`;
  return (
    <section aria-label="Metrics" className="mb-4">
      <dl className="grid grid-cols-1 gap-3 sm:grid-cols-2 xl:grid-cols-4">
        <Metric
          label="Spent"
          icon={<Icon name="coins" />}
          figure={headline(metrics.spent)}
          exact={formatCredits(metrics.spent)}
          words="credits"
          note={
            metrics.days === 0
              ? "Nothing yet"
              : `${money ? `= ${money.spent} ` : ""}over ${formatCount(metrics.days)} ${metrics.days === 1 ? "day" : "days"}`
          }
        />
        <Metric
          label="This month"
          icon={<Icon name="calendar-days" />}
          figure={headline(metrics.thisMonth)}
          exact={formatCredits(metrics.thisMonth)}
          words="credits"
          note={money && `= ${money.thisMonth}`}
        />
        <Metric
          label="vs last month"
          icon={<Icon name="trending-up" />}
          figure={change ?? "–"}
          exact={`${formatCredits(comparison.nowSpent)} vs ${formatCredits(comparison.beforeSpent)}`}
          note={
            change === null
              ? `Nothing was spent ${days(comparison.before)}`
              : `${days(comparison.now)} vs ${days(comparison.before)}`
          }
        />
        <Metric
          label="Per day"
          icon={<Icon name="gauge" />}
          figure={headline(metrics.perDay)}
          exact={formatCredits(metrics.perDay)}
          words="credits"
        />
      </dl>
    </section>
  );
}

/** Whole credits, unless an amount above 0 would be shown as 0. */
function headline(micro: bigint): string {
  return micro > 0n && micro < 10_000_000n ? formatCredits(micro) : formatWholeCredits(micro);
}

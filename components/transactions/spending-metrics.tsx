"use client";

import { formatCount, formatCredits, formatWholeCredits } from "#lib/credits.ts";
import { changeText, daysOfMonthText } from "#lib/transactions/rules.ts";
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
  return (
    <section aria-label="Metrics" className="mb-4">
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line shadow-card md:grid-cols-4">
        <Figure
          label="Spent"
          figure={headline(metrics.spent)}
          exact={formatCredits(metrics.spent)}
          words="credits"
          note={
            metrics.days === 0
              ? "Nothing yet"
              : `${money ? `= ${money.spent} ` : ""}over ${formatCount(metrics.days)} ${metrics.days === 1 ? "day" : "days"}`
          }
        />
        <Figure
          label="This month"
          figure={headline(metrics.thisMonth)}
          exact={formatCredits(metrics.thisMonth)}
          words="credits"
          note={money && `= ${money.thisMonth}`}
        />
        <Figure
          label="vs last month"
          figure={change ?? "–"}
          exact={`${formatCredits(comparison.nowSpent)} vs ${formatCredits(comparison.beforeSpent)}`}
          note={
            change === null
              ? `Nothing was spent ${daysOfMonthText(comparison.before)}`
              : `${daysOfMonthText(comparison.now)} vs ${daysOfMonthText(comparison.before)}`
          }
        />
        <Figure
          label="Per day"
          figure={headline(metrics.perDay)}
          exact={formatCredits(metrics.perDay)}
          words="credits"
        />
      </dl>
    </section>
  );
}

/** One figure of the strip. `exact` is the tooltip of a rounded figure. */
function Figure({
  label,
  figure,
  exact,
  words,
  note,
}: {
  label: string;
  figure: string;
  exact: string;
  words?: string;
  note?: string | null;
}) {
  return (
    <div className="min-w-0 bg-surface px-4 py-2.5">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="flex flex-wrap items-baseline gap-x-2 wrap-anywhere">
        <p>
          <span className="figures text-lg font-semibold tracking-tight" title={exact}>
            {figure}
          </span>
          {words && <span className="text-xs text-muted"> {words}</span>}
        </p>
        {note && <p className="figures text-xs text-muted">{note}</p>}
      </dd>
    </div>
  );
}

/** Whole credits, unless an amount above 0 would be shown as 0. */
function headline(micro: bigint): string {
  return micro > 0n && micro < 10_000_000n ? formatCredits(micro) : formatWholeCredits(micro);
}

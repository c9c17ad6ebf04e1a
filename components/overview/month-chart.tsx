"use client";

import { useId } from "react";
import { ChartTable } from "#components/ui/chart-table.tsx";
import { addMonths, formatMonth, lastDay, monthOf } from "#lib/calendar.ts";
import { formatCredits, formatWholeCredits } from "#lib/credits.ts";
import type { MonthForecast } from "#lib/forecast/rules.ts";
import { axisTicks, compactCredits, largest } from "#lib/transactions/rules.ts";

/** In pixels. The axis has the same value as a class, because the content security policy forbids style attributes. */
const HEIGHT = 200;
/** The lines are drawn in these units and stretched to the chart's width. */
const WIDTH = 1_000;

/** A length for drawing, as a float. Amounts themselves never become floats. */
function ratio(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 1_000_000n) / whole) / 1_000_000;
}

/** A month's spending as it adds up, against the month before, with its forecast. */
export function MonthChart({
  title,
  today,
  byDay,
  byDayBefore,
  forecast,
}: {
  title: string;
  /** 20261124. */
  today: number;
  /** What had been spent by the end of each day: of this month up to today, and of the month before. */
  byDay: readonly bigint[];
  byDayBefore: readonly bigint[];
  forecast: MonthForecast | null;
}) {
  const id = useId();
  const month = monthOf(today);
  const names = { now: formatMonth(month), before: formatMonth(addMonths(month, -1)) };
  const days = lastDay(month) % 100;
  const columns = Math.max(days, byDayBefore.length);
  const range = forecast?.range ?? null;
  const ticks = axisTicks(largest([...byDay, ...byDayBefore, forecast?.total ?? 0n, range?.high ?? 0n]));
  const top = ticks.at(-1) ?? 1n;
  const x = (day: number) => (WIDTH * day) / columns;
  const y = (spent: bigint) => HEIGHT * (1 - ratio(spent, top));
  const line = (points: readonly (readonly [day: number, spent: bigint])[]) =>
    points
      .map(([day, spent], index) => `${index === 0 ? "M" : "L"}${x(day).toFixed(1)} ${y(spent).toFixed(1)}`)
      .join("");
  const fromStart = (totals: readonly bigint[]) => [
    [0, 0n] as const,
    ...totals.map((spent, index) => [index + 1, spent] as const),
  ];

  const begun = byDay.length;
  const yesterday = [begun - 1, byDay[begun - 2] ?? 0n] as const;
  const ahead = (forecast?.byDay ?? []).map((spent, index) => [begun + index, spent] as const);
  const spentNow = byDay.at(-1) ?? 0n;
  const error = forecast && range ? range.high - forecast.total : 0n;
  // The forecast of a near day is surer than that of the last one.
  const off = (index: number) => (error * BigInt(index + 1)) / BigInt(Math.max(ahead.length, 1));
  const upper = ahead.map(([day, spent], index) => [day, spent + off(index)] as const);
  const lower = ahead.map(([day, spent], index) => [day, largest([spentNow, spent - off(index)])] as const);
  const tickDays = [1, 5, 10, 15, 20, 25, columns];
  return (
    <section
      aria-labelledby={`${id}-title`}
      className="@container rounded-lg border border-line bg-surface p-4 shadow-card"
    >
      <div className="mb-4 flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <h3 id={`${id}-title`} className="min-w-0 font-semibold wrap-anywhere">
          {title}
        </h3>
        <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
          <Key line="stroke-accent" width={2.5}>
            {names.now}
          </Key>
          <Key line="stroke-line-strong" width={1.5}>
            {names.before}
          </Key>
          {forecast && (
            <Key line="stroke-accent" width={2} dashes="3 3">
              {range ? "Forecast with range" : "Forecast"}
            </Key>
          )}
        </ul>
      </div>
      <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 text-xs text-muted">
        <div aria-hidden className="figures flex h-[200px] flex-col-reverse justify-between text-right">
          {ticks.map((tick) => (
            <span key={String(tick)} className="h-0 -translate-y-[0.5em] leading-none">
              {compactCredits(tick)}
            </span>
          ))}
        </div>
        <svg
          role="img"
          aria-label={`${title}, as lines; the figures are in the table below`}
          width="100%"
          height={HEIGHT + 24}
          className="block overflow-visible"
        >
          {ticks.map((tick) => (
            <line
              key={String(tick)}
              x1="0"
              x2="100%"
              y1={y(tick)}
              y2={y(tick)}
              className={tick === 0n ? "stroke-line-strong" : "stroke-line"}
            />
          ))}
          <svg
            aria-hidden
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            preserveAspectRatio="none"
            width="100%"
            height={HEIGHT}
            className="overflow-visible fill-none [&>path]:[vector-effect:non-scaling-stroke]"
          >
            {range && (
              <path
                d={`${line([yesterday, ...upper])}${line(lower.toReversed()).replace("M", "L")}Z`}
                className="fill-accent opacity-15"
              />
            )}
            <path d={line(fromStart(byDayBefore))} strokeWidth={1.5} className="stroke-line-strong" />
            {forecast && (
              <path
                d={line([yesterday, ...ahead])}
                strokeWidth={2}
                strokeDasharray="4 4"
                className="stroke-accent"
              />
            )}
            <path
              d={line(fromStart(byDay))}
              strokeWidth={2.5}
              strokeLinejoin="round"
              strokeLinecap="round"
              className="stroke-accent"
            />
          </svg>
          {tickDays.map((day) => (
            <text
              key={day}
              x={`${(100 * (day - 0.5)) / columns}%`}
              y={HEIGHT + 18}
              textAnchor={day === 1 ? "start" : day === columns ? "end" : "middle"}
              className={`figures fill-muted ${day % 10 === 5 ? "@max-md:hidden" : ""}`}
            >
              {day}
            </text>
          ))}
        </svg>
      </div>
      <DayTable
        title={title}
        names={names}
        days={Array.from({ length: columns }, (_, index) => ({
          day: index + 1,
          now: byDay[index],
          before: byDayBefore[index],
          forecast: index + 1 >= begun ? forecast?.byDay[index + 1 - begun] : undefined,
        }))}
      />
    </section>
  );
}

/** An entry of the legend. */
function Key({
  line,
  width,
  dashes,
  children,
}: {
  line: string;
  width: number;
  dashes?: string;
  children: string;
}) {
  return (
    <li className="flex items-center gap-1.5">
      <svg aria-hidden width="18" height="6" className="shrink-0">
        <line x1="0" x2="18" y1="3" y2="3" strokeWidth={width} strokeDasharray={dashes} className={line} />
      </svg>
      {children}
    </li>
  );
}

function DayTable({
  title,
  names,
  days,
}: {
  title: string;
  names: { now: string; before: string };
  days: readonly {
    day: number;
    now: bigint | undefined;
    before: bigint | undefined;
    forecast: bigint | undefined;
  }[];
}) {
  const cell = (amount: bigint | undefined) => (amount === undefined ? "–" : formatCredits(amount));
  return (
    <ChartTable title={title}>
      <thead className="text-muted [&_th]:px-3 [&_th]:py-2 [&_th]:font-medium [&_th+th]:text-right">
        <tr>
          <th scope="col">By the end of day</th>
          <th scope="col">{names.now}</th>
          <th scope="col">{names.before}</th>
          <th scope="col">Forecast</th>
        </tr>
      </thead>
      <tbody className="tabular-nums [&_td]:px-3 [&_td]:py-1.5 [&_td]:text-right [&_th]:px-3 [&_th]:py-1.5 [&_th]:font-normal [&_tr]:border-t [&_tr]:border-line">
        {days.map(({ day, now, before, forecast }) => (
          <tr key={day}>
            <th scope="row">{day}</th>
            <td>{cell(now)}</td>
            <td>{cell(before)}</td>
            <td>{forecast === undefined ? "–" : formatWholeCredits(forecast)}</td>
          </tr>
        ))}
      </tbody>
    </ChartTable>
  );
}

"use client";

import { useId } from "react";
import { type Segment, Segments } from "#components/ui/segments.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { formatCredits } from "#lib/credits.ts";
import { axisTicks, compactCredits, largest } from "#lib/transactions/rules.ts";

export type SpendBar = {
  /** In full, e.g. "16/11/2026 – 22/11/2026". */
  label: string;
  /** For the axis, e.g. "16 Nov". */
  tick: string;
  spent: bigint;
  /** The link to the list of its transactions. */
  href: string;
  /** What it is compared with, e.g. the same day of the month before. */
  before?: { label: string; spent: bigint };
};

/** In pixels. The axis has the same value as a class, because the content security policy forbids style attributes. */
const HEIGHT = 180;
/** The most labels that fit a wide chart. A narrow chart shows every second one. */
const MOST_LABELS = 6;

/** A length for drawing, as a float. Amounts themselves never become floats. */
function ratio(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 1_000_000n) / whole) / 1_000_000;
}

/**
 * Bars over time, rendered on the server. Widths are in percent and text has a fixed size, so the chart fits any
 * width.
 */
export function SpendChart({
  title,
  bars,
  switches = [],
}: {
  title: string;
  bars: readonly SpendBar[];
  /** The same chart by day, week or month. */
  switches?: readonly Segment[];
}) {
  const id = useId();
  if (!bars.some((bar) => bar.spent > 0n)) {
    return (
      <section
        aria-labelledby={`${id}-title`}
        className="rounded-lg border border-line bg-surface p-4 shadow-card"
      >
        <h2 id={`${id}-title`} className="mb-2 font-semibold">
          {title}
        </h2>
        <p className="text-muted">Nothing was spent in this period.</p>
      </section>
    );
  }
  const max = largest(bars.map((one) => one.spent));
  const ticks = axisTicks(max);
  const top = ticks.at(-1) ?? 1n;
  const slot = 100 / Math.max(bars.length, 1);
  const every = Math.max(1, Math.ceil(bars.length / MOST_LABELS));
  const y = (value: bigint) => HEIGHT * (1 - ratio(value, top));
  return (
    <section
      aria-labelledby={`${id}-title`}
      className="@container rounded-lg border border-line bg-surface p-4 shadow-card"
    >
      <div className="mb-4 flex flex-wrap items-center justify-between gap-2">
        <h2 id={`${id}-title`} className="font-semibold">
          {title}
        </h2>
        {switches.length > 1 && <Segments label="Bars" items={switches} />}
      </div>
      <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 text-xs text-muted">
        <div aria-hidden className="figures flex h-[180px] flex-col-reverse justify-between text-right">
          {ticks.map((tick) => (
            <span key={String(tick)} className="h-0 -translate-y-[0.5em] leading-none">
              {compactCredits(tick)}
            </span>
          ))}
        </div>
        <svg
          role="img"
          aria-label={`${title}, as bars; the figures are in the table below`}
          width="100%"
          height={HEIGHT + 26}
          className="block overflow-visible [&_g:hover>rect:first-of-type]:fill-raised [&_g>rect]:fill-accent [&_g>rect:first-of-type]:fill-transparent"
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
          {bars.map((bar, index) => {
            const height = bar.spent > 0n ? Math.max(1, HEIGHT * ratio(bar.spent, top)) : 0;
            return (
              <g key={bar.label}>
                <title>{`${bar.label}: ${formatCredits(bar.spent)} credits`}</title>
                <rect x={`${index * slot}%`} width={`${slot}%`} height={HEIGHT} />
                <rect
                  x={`${(index + 0.14) * slot}%`}
                  width={`${slot * 0.72}%`}
                  y={HEIGHT - height}
                  height={height}
                  rx={bars.length > 60 ? undefined : 2}
                />
              </g>
            );
          })}
          {bars.map((bar, index) =>
            index % every === 0 ? (
              <Tick
                key={bar.label}
                text={bar.tick}
                left={index * slot}
                slot={slot}
                wideOnly={(index / every) % 2 === 1}
              />
            ) : null,
          )}
        </svg>
      </div>
      <details className="mt-3">
        <summary className="w-fit rounded-sm text-[0.8125rem] text-muted hover:text-ink">
          Show as table
        </summary>
        <section
          aria-label={`${title}, table`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
          tabIndex={0}
          className="relative mt-2 max-h-80 overflow-auto rounded-md border border-line"
        >
          <table className="w-full text-left text-[0.8125rem]">
            <caption className="sr-only">{title}</caption>
            <thead className="text-muted">
              <tr>
                <th scope="col" className="px-3 py-2 font-medium">
                  Date
                </th>
                <th scope="col" className="px-3 py-2 text-right font-medium">
                  Credits
                </th>
              </tr>
            </thead>
            <tbody className="tabular-nums [&_a]:rounded-sm [&_a:hover]:underline [&_td]:px-3 [&_td]:py-1.5 [&_td]:text-right [&_th]:px-3 [&_th]:py-1.5 [&_th]:font-normal [&_tr]:border-t [&_tr]:border-line">
              {bars.map((bar) => (
                <tr key={bar.label}>
                  <th scope="row">
                    <SoftLink href={bar.href}>{bar.label}</SoftLink>
                  </th>
                  <td>{formatCredits(bar.spent)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </section>
  );
}

/** A label below its bar. Labels at the edges stay inside the chart. */
function Tick({
  text,
  left,
  slot,
  wideOnly,
}: {
  text: string;
  left: number;
  slot: number;
  wideOnly: boolean;
}) {
  const middle = left + slot / 2;
  const [x, anchor] =
    middle < 8
      ? [left, "start" as const]
      : middle > 92
        ? [left + slot, "end" as const]
        : [middle, "middle" as const];
  return (
    <text
      x={`${x}%`}
      y={HEIGHT + 18}
      textAnchor={anchor}
      className={`figures fill-muted ${wideOnly ? "@max-2xl:hidden" : ""}`}
    >
      {text}
    </text>
  );
}

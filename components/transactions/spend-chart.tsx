"use client";

import { type KeyboardEvent, type PointerEvent, useId, useRef, useState } from "react";
import { ChartTable } from "#components/ui/chart-table.tsx";
import { useHydrated } from "#components/ui/hydrated.ts";
import { type Segment, Segments } from "#components/ui/segments.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { formatCredits } from "#lib/credits.ts";
import { axisTicks, changeText, compactCredits, largest } from "#lib/transactions/rules.ts";

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

/** In pixels. The axis and the list of bars have the same value as a class, because the content security policy forbids style attributes. */
const HEIGHT = 180;
/** The most labels that fit a wide chart. */
const MOST_LABELS = 6;
/** A narrow chart shows every second label, a very narrow one every fourth. */
const HIDDEN_WHERE_NARROW = ["", "@max-2xl:hidden", "@max-xs:hidden", "@max-2xl:hidden"];

/** A length for drawing, as a float. Amounts themselves never become floats. */
function ratio(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 1_000_000n) / whole) / 1_000_000;
}

const CARD = "@container min-w-0 rounded-lg border border-line bg-surface p-4 shadow-card";

/**
 * Bars over time, rendered on the server. Widths are in percent and text has a fixed size, so the chart fits any width.
 * Each bar is a link whose text is its tooltip, which shows under the pointer and with the focus. On a touch screen the
 * first tap shows it and the second follows the link. The arrow keys go from bar to bar.
 */
export function SpendChart({
  title,
  bars,
  switches = [],
  beforeLabel,
}: {
  title: string;
  bars: readonly SpendBar[];
  /** The same chart by day, week or month. */
  switches?: readonly Segment[];
  /** What the legend calls the bars of the period before. */
  beforeLabel?: string | undefined;
}) {
  const id = useId();
  const heading = (
    <div className="mb-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <div className="flex min-w-0 flex-wrap items-center gap-x-4 gap-y-1">
        <h2 id={`${id}-title`} className="font-semibold">
          {title}
        </h2>
        {beforeLabel !== undefined && (
          <p className="flex items-center gap-1.5 text-xs text-muted">
            <svg aria-hidden width="12" height="12" className="bars shrink-0">
              <rect className="before" x="1" y="1" width="10" height="10" rx="2" />
            </svg>
            {beforeLabel}
          </p>
        )}
      </div>
      {switches.length > 1 && <Segments label="Bars" items={switches} />}
    </div>
  );
  const max = largest(bars.flatMap(({ spent, before }) => [spent, before?.spent ?? 0n]));
  if (max === 0n) {
    return (
      <section aria-labelledby={`${id}-title`} className={CARD}>
        {heading}
        <p className="text-muted">Nothing was spent in this period.</p>
      </section>
    );
  }
  const ticks = axisTicks(max);
  const top = ticks.at(-1) ?? 1n;
  const y = (value: bigint) => HEIGHT * (1 - ratio(value, top));
  return (
    <section aria-labelledby={`${id}-title`} className={CARD}>
      {heading}
      <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 text-xs text-muted">
        <div aria-hidden className="figures flex h-[180px] flex-col-reverse justify-between text-right">
          {ticks.map((tick) => (
            <span key={String(tick)} className="h-0 -translate-y-[0.5em] leading-none">
              {compactCredits(tick)}
            </span>
          ))}
        </div>
        <div className="relative">
          <svg aria-hidden width="100%" height={HEIGHT} className="absolute inset-0 overflow-visible">
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
          </svg>
          <Bars title={title} bars={bars} top={top} />
          <Ticks bars={bars} />
        </div>
      </div>
      <ChartTable title={title}>
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
      </ChartTable>
    </section>
  );
}

const NEXT_BAR: Record<string, (index: number, last: number) => number> = {
  ArrowRight: (index, last) => Math.min(index + 1, last),
  ArrowLeft: (index) => Math.max(index - 1, 0),
  Home: () => 0,
  End: (_, last) => last,
};

/** The bars, of which one is a stop for the Tab key. */
function Bars({ title, bars, top }: { title: string; bars: readonly SpendBar[]; top: bigint }) {
  const isHydrated = useHydrated();
  const list = useRef<HTMLOListElement>(null);
  const pointer = useRef("mouse");
  const [stop, setStop] = useState(0);
  const [tapped, setTapped] = useState<number | null>(null);
  const move = (event: KeyboardEvent) => {
    const next = NEXT_BAR[event.key]?.(stop, bars.length - 1);
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    setStop(next);
    list.current?.querySelectorAll<HTMLElement>("a")[next]?.focus();
  };
  return (
    <ol
      ref={list}
      aria-label={`${title}, as bars`}
      className="bars relative flex h-[180px]"
      onKeyDown={move}
      onPointerDownCapture={(event: PointerEvent) => {
        pointer.current = event.pointerType;
      }}
    >
      {bars.map((bar, index) => (
        <li key={bar.label}>
          <SoftLink
            href={bar.href}
            tabIndex={isHydrated && index !== Math.min(stop, bars.length - 1) ? -1 : undefined}
            data-tapped={tapped === index ? "" : undefined}
            onFocus={() => setStop(index)}
            onClickCapture={(event) => {
              if (pointer.current !== "touch" || tapped === index) return;
              event.preventDefault();
              setTapped(index);
            }}
          >
            <svg aria-hidden width="100%" height={HEIGHT}>
              {bar.before && <Bar className="before" x={6} width={88} spent={bar.before.spent} top={top} />}
              <Bar x={bar.before ? 20 : 14} width={bar.before ? 60 : 72} spent={bar.spent} top={top} />
            </svg>
            <Tooltip bar={bar} side={(index + 0.5) / bars.length} />
          </SoftLink>
        </li>
      ))}
    </ol>
  );
}

/** Places are in percent of the bar's own width. */
function Bar({
  spent,
  top,
  x,
  width,
  className,
}: {
  spent: bigint;
  top: bigint;
  x: number;
  width: number;
  className?: string;
}) {
  if (spent <= 0n) return null;
  const height = Math.max(1, HEIGHT * ratio(spent, top));
  return (
    <rect className={className} x={`${x}%`} width={`${width}%`} y={HEIGHT - height} height={height} rx="2" />
  );
}

/** `side` is the place of the bar in the chart, from 0 to 1. At the edges the tooltip stays inside. */
function Tooltip({ bar: { label, spent, before }, side }: { bar: SpendBar; side: number }) {
  const change = before && changeText(spent, before.spent);
  return (
    <span className={side < 1 / 3 ? "left-0" : side > 2 / 3 ? "right-0" : "left-1/2 -translate-x-1/2"}>
      <span>{label}: </span>
      <b>{formatCredits(spent)} credits</b>
      {before && (
        <span>
          {" "}
          {before.label}: {formatCredits(before.spent)}
          {change && ` (${change})`}
        </span>
      )}
    </span>
  );
}

/** The labels below the bars. Labels at the edges stay inside the chart. */
function Ticks({ bars }: { bars: readonly SpendBar[] }) {
  const slot = 100 / Math.max(bars.length, 1);
  const every = Math.max(1, Math.ceil(bars.length / MOST_LABELS));
  return (
    <svg aria-hidden width="100%" height="26" className="block overflow-visible">
      {bars.map((bar, index) => {
        if (index % every !== 0) return null;
        const middle = (index + 0.5) * slot;
        const [x, anchor] =
          middle < 8
            ? [index * slot, "start" as const]
            : middle > 92
              ? [(index + 1) * slot, "end" as const]
              : [middle, "middle" as const];
        return (
          <text
            key={bar.label}
            x={`${x}%`}
            y="18"
            textAnchor={anchor}
            className={`figures fill-muted ${HIDDEN_WHERE_NARROW[(index / every) % 4] ?? ""}`}
          >
            {bar.tick}
          </text>
        );
      })}
    </svg>
  );
}

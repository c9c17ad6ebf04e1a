"use client";

import { useId } from "react";
import { SoftLink } from "#components/ui/soft-link.tsx";

/** The texts of a row. */
export type SpendTableRow = {
  key: string;
  label: string;
  detail: string | null;
  /** The link of the label; null for none. */
  href: string | null;
  /** What an amount of this row leads to, as a query without the days; null for no link. */
  query: string | null;
  /** The same of the total, where it differs. */
  totalQuery?: string | null;
  /** Whether the row is of several parts, or of what is in none. */
  isRest?: boolean;
  cells: string[];
  total: string;
  share: string;
  /** The length of the bar, in percent of the longest. */
  percent: number;
};

export type SpendTableColumn = {
  /** In full, and short. */
  label: string;
  tick: string;
  /** ISO dates. */
  from: string;
  to: string;
};

const CELLS = [
  "tabular-nums [&_a]:rounded-sm [&_a:hover]:underline",
  "[&_td]:px-2.5 [&_td]:py-1.5 [&_td]:text-right [&_td]:whitespace-nowrap [&_tr>*]:border-t [&_tr>*]:border-line",
  "[&_tr:hover>*]:bg-raised",
].join(" ");

/** The first column stays in view while the others scroll. */
const FIRST =
  "sticky left-0 z-10 max-w-40 min-w-28 bg-surface px-3 py-1.5 text-left font-normal sm:max-w-72 sm:min-w-48";

/**
 * What was spent by part and time. Each amount is a link to the entries that add up to it; one of several parts leads to
 * a table of these. A client component, so that its rows are sent once, as data.
 *
 * @param path the page of the list
 * @param allDays the query of the days of the whole table
 */
export function SpendTable({
  title,
  heading,
  path,
  allDays,
  columns,
  rows,
  totals,
}: {
  title: string;
  heading: string;
  path: string;
  allDays: string;
  columns: readonly SpendTableColumn[];
  rows: readonly SpendTableRow[];
  totals: SpendTableRow;
}) {
  const id = useId();
  const days = ({ from, to }: SpendTableColumn) => `from=${from}&to=${to}`;
  const href = (days: string, query: string) => `${path}?${[days, query].filter(Boolean).join("&")}`;
  const figures = ({ totalQuery, ...row }: SpendTableRow) => {
    const ofTotal = totalQuery === undefined ? row.query : totalQuery;
    return (
      <>
        <td className="font-semibold">
          <Amount text={row.total} href={ofTotal === null ? null : href(allDays, ofTotal)} />
        </td>
        <td className="text-muted">{row.share}</td>
        {row.cells.map((cell, index) => {
          const column = columns[index];
          return (
            <td key={column?.from}>
              <Amount
                text={cell}
                href={row.query === null || !column ? null : href(days(column), row.query)}
              />
            </td>
          );
        })}
      </>
    );
  };
  return (
    <section
      aria-labelledby={id}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
      tabIndex={0}
      className="max-h-[80dvh] overflow-auto rounded-lg border border-line bg-surface shadow-card"
    >
      <h2 id={id} className="sr-only">
        {title}
      </h2>
      <table aria-labelledby={id} className="w-full border-separate border-spacing-0 text-[0.8125rem]">
        <thead className="text-muted [&_th]:sticky [&_th]:top-0 [&_th]:bg-surface [&_th]:px-2.5 [&_th]:py-2 [&_th]:text-right [&_th]:font-medium [&_th]:whitespace-nowrap">
          <tr>
            <th scope="col" className="left-0 z-20 !px-3 !text-left">
              {heading}
            </th>
            <th scope="col" className="z-10">
              Total
            </th>
            <th scope="col" className="z-10">
              Share
            </th>
            {columns.map((column) => (
              <th key={column.from} scope="col" title={column.label} className="z-10">
                {column.tick}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className={CELLS}>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row" className={FIRST}>
                <span className="line-clamp-2 wrap-anywhere" title={row.label}>
                  {row.href === null ? (
                    <span className="text-muted">{row.label}</span>
                  ) : (
                    <SoftLink href={row.href} scroll={false}>
                      {row.label}
                    </SoftLink>
                  )}
                </span>
                {row.detail && <span className="block truncate text-xs text-muted">{row.detail}</span>}
                <svg aria-hidden width="100%" height="4" className="mt-1 block">
                  <rect width="100%" height="4" rx="2" className="fill-raised" />
                  <rect
                    width={`${row.percent}%`}
                    height="4"
                    rx="2"
                    className={row.isRest ? "fill-line-strong" : "fill-accent"}
                  />
                </svg>
              </th>
              {figures(row)}
            </tr>
          ))}
        </tbody>
        <tfoot className={`${CELLS} font-semibold`}>
          <tr>
            <th scope="row" className={`${FIRST} !font-semibold`}>
              {totals.label}
            </th>
            {figures(totals)}
          </tr>
        </tfoot>
      </table>
    </section>
  );
}

function Amount({ text, href }: { text: string; href: string | null }) {
  if (text === "0") {
    return (
      <span aria-hidden className="text-muted">
        –
      </span>
    );
  }
  return href === null ? text : <SoftLink href={href}>{text}</SoftLink>;
}

import type { ReactNode } from "react";
import { type PrintedRows, rowsText } from "#lib/print.ts";
import type { MisreadParam } from "#lib/search-params.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import { buttonClass } from "./button.tsx";
import { MisreadNote } from "./misread-note.tsx";
import { PrintButton } from "./print-button.tsx";
import { type PrintColumn, type PrintRow, PrintTable } from "./print-table.tsx";

/** What each printed list has, whatever it is a list of. */
export type PrintFrame = {
  settings: Calendar & { enterpriseName: string };
  /** The list on the screen. */
  back: string;
  misread: readonly MisreadParam[];
};

/** A list to be printed, whole: what it is of, its filters, its figures and its rows. It has no navigation. */
export function PrintPage({
  frame: { settings, back, misread },
  title,
  filters,
  order,
  list,
  words,
  columns,
  rows,
  children,
}: {
  frame: PrintFrame;
  title: string;
  /** In words; none where nothing is filtered. */
  filters: readonly string[];
  /** In words. */
  order: string;
  list: PrintedRows<unknown>;
  /** What the rows are. */
  words: readonly [one: string, many: string];
  columns: readonly PrintColumn[];
  rows: readonly PrintRow[];
  /** The figures. */
  children?: ReactNode;
}) {
  const isCut = list.more || list.total > list.items.length;
  return (
    <article className="print-page">
      <p className="mb-6 flex flex-wrap gap-2 print:hidden">
        <a href={back} className={buttonClass()}>
          Back to the list
        </a>
        <PrintButton opens />
      </p>
      <MisreadNote misread={misread} />
      <header>
        <p className="wrap-anywhere">{settings.enterpriseName}</p>
        <h1 className="text-xl font-semibold tracking-tight wrap-anywhere">{title}</h1>
        <dl>
          <dt>Filters</dt>
          <dd>{filters.length === 0 ? "None" : filters.join(" · ")}</dd>
          <dt>Order</dt>
          <dd>{order}</dd>
          <dt>As of</dt>
          <dd>
            {formatDateTime(new Date(), settings)}, {settings.timeZone}
          </dd>
        </dl>
      </header>
      {children}
      <h2>{rowsText(list, words)}</h2>
      {isCut && <p>“Export CSV” on the list has all of them.</p>}
      {rows.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
        <section aria-label="Rows" tabIndex={0} className="rows">
          <PrintTable label={title} columns={columns} rows={rows} />
        </section>
      )}
    </article>
  );
}

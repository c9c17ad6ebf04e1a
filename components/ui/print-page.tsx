import { setImmediate as nextTurn } from "node:timers/promises";
import type { ReactNode } from "react";
import { type PrintedRows, rowsText } from "#lib/print.ts";
import type { MisreadParam } from "#lib/search-params.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import { buttonClass } from "./button.tsx";
import { MisreadNote } from "./misread-note.tsx";
import { PrintButton } from "./print-button.tsx";
import { type PrintColumn, type PrintPiece, type PrintRow, PrintTable } from "./print-table.tsx";

/** What each printed list has, whatever it is a list of. */
export type PrintFrame = {
  settings: Calendar & { enterpriseName: string };
  /** The list on the screen. */
  back: string;
  misread: readonly MisreadParam[];
};

/** A list to be printed, whole: what it is of, its filters, its figures and its rows. It has no navigation. */
export function PrintPage<Item>({
  frame: { settings, back, misread },
  title,
  filters,
  order,
  list,
  words,
  columns,
  rowsOf,
  children,
}: {
  frame: PrintFrame;
  title: string;
  /** In words; none where nothing is filtered. */
  filters: readonly string[];
  /** In words. */
  order: string;
  list: PrintedRows<Item>;
  /** What the rows are. */
  words: readonly [one: string, many: string];
  columns: readonly PrintColumn[];
  rowsOf: (items: readonly Item[]) => readonly PrintRow[];
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
      {list.items.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
        <section aria-label="Rows" tabIndex={0} className="rows">
          <PrintTable label={title} columns={columns} pieces={piecesOf(list.items, rowsOf)} />
        </section>
      )}
    </article>
  );
}

/** How many rows React renders at once: some 20 ms. */
const ROWS_A_PIECE = 100;

/** The rows in pieces, between which other requests have their turn, because 2,000 would hold them up. */
function piecesOf<Item>(
  items: readonly Item[],
  rowsOf: (items: readonly Item[]) => readonly PrintRow[],
): PrintPiece[] {
  let before: Promise<void> = Promise.resolve();
  return Array.from({ length: Math.ceil(items.length / ROWS_A_PIECE) }, (_, id) => {
    before = before.then(() => nextTurn());
    return { id, rows: before.then(() => rowsOf(items.slice(id * ROWS_A_PIECE, (id + 1) * ROWS_A_PIECE))) };
  });
}

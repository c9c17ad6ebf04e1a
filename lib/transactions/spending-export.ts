import { isoDay, isoMonth, monthOf } from "#lib/calendar.ts";
import { plainCredits } from "#lib/credits.ts";
import { formatCsv } from "#lib/csv.ts";
import { groupingLabel, type SpendTable, type Sums, tagKeyOf } from "./rules/grouping.ts";
import type { Bucket, Granularity } from "./rules/periods.ts";
import type { SpendingFigures } from "./spending-figures.ts";

/** "2026-11-24", "2026-11-16/2026-11-22" (ISO 8601), "2026-11" or "2026". */
function columnName({ from, to }: Bucket, granularity: Granularity): string {
  switch (granularity) {
    case "day":
      return isoDay(from);
    case "week":
      return `${isoDay(from)}/${isoDay(to)}`;
    case "month":
      return isoMonth(monthOf(from));
    case "year":
      return String(Math.floor(from / 10_000));
  }
}

/** How many rows one piece of the file has. */
const ROWS_A_PIECE = 1_000;

/** The table of the tab "Spending" as CSV in pieces, with its sums in the last rows; null where there is no table. */
export function exportSpendingTable(figures: SpendingFigures): Generator<string> | null {
  const { table } = figures;
  return typeof table === "string" ? null : piecesOf(figures, table);
}

function* piecesOf(
  { by, buckets, granularity }: SpendingFigures,
  { rows, others, none, totals }: SpendTable,
): Generator<string> {
  const name = tagKeyOf(by) ?? groupingLabel(by).toLowerCase().replace(" ", "_");
  const cells = ({ cells, total }: Sums) => [total, ...cells].map(plainCredits);
  yield formatCsv([[name, "detail", "total", ...buckets.map((bucket) => columnName(bucket, granularity))]]);
  for (let start = 0; start < rows.length; start += ROWS_A_PIECE) {
    const piece = rows.slice(start, start + ROWS_A_PIECE);
    yield formatCsv(piece.map((row) => [row.label, row.detail ?? "", ...cells(row)]));
  }
  yield formatCsv([
    ...(others ? [["(others)", "", ...cells(others)]] : []),
    ...(none ? [["(none)", "", ...cells(none)]] : []),
    ["(total)", "", ...cells(totals)],
  ]);
}

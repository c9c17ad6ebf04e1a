import { isoDay, isoMonth, monthOf } from "#lib/calendar.ts";
import { plainCredits } from "#lib/credits.ts";
import { formatCsv } from "#lib/csv.ts";
import { groupingLabel, type Sums, tagKeyOf } from "./rules/grouping.ts";
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

/** The table of the tab "Spending" as CSV, with its sums in the last row; null where there is no table. */
export function exportSpendingTable({ by, table, buckets, granularity }: SpendingFigures): string | null {
  if (typeof table === "string") return null;
  const { rows, others, none, totals } = table;
  const name = tagKeyOf(by) ?? groupingLabel(by).toLowerCase().replace(" ", "_");
  const cells = ({ cells, total }: Sums) => [total, ...cells].map(plainCredits);
  return formatCsv([
    [name, "detail", "total", ...buckets.map((bucket) => columnName(bucket, granularity))],
    ...rows.map((row) => [row.label, row.detail ?? "", ...cells(row)]),
    ...(others ? [["(others)", "", ...cells(others)]] : []),
    ...(none ? [["(none)", "", ...cells(none)]] : []),
    ["(total)", "", ...cells(totals)],
  ]);
}

import { type PrintCell, printCell } from "#components/ui/print-cell.ts";
import { type PrintFrame, PrintPage } from "#components/ui/print-page.tsx";
import type { PrintColumn } from "#components/ui/print-table.tsx";
import type { OrganizationListItem } from "#lib/organizations/queries/organizations.ts";
import type { CreditTypeTotals, OrganizationTotals } from "#lib/organizations/queries/totals.ts";
import type { ColumnKey, OrganizationsView } from "#lib/organizations/search-params.ts";
import type { PrintedRows } from "#lib/print.ts";
import { tagsText } from "#lib/tags.ts";
import type { MoneyByType } from "#lib/worth.ts";
import { COLUMN_LABELS } from "./organization-columns.ts";
import { OrganizationMetrics } from "./organization-metrics.tsx";
import { type OrganizationRow, organizationRows } from "./organization-rows.ts";
import { filterWords, SORT_LABELS, STATUS_LABELS } from "./organization-words.ts";
import { totalsWorth } from "./totals-worth.ts";

const CELLS: Record<ColumnKey, { right?: boolean; cell: (row: OrganizationRow) => PrintCell }> = {
  status: { cell: ({ active }) => STATUS_LABELS[active ? "active" : "inactive"] },
  created: { cell: ({ created }) => created },
  members: { right: true, cell: ({ members }) => members },
  balance: { right: true, cell: ({ balance, worth }) => printCell(balance, worth) },
  "runs-out": { right: true, cell: ({ runsOut, runsOutOn }) => printCell(runsOut, runsOutOn) },
  spent: { right: true, cell: ({ spent, spentWorth }) => printCell(spent, spentWorth) },
  "spent-30d": { right: true, cell: ({ spent30, spent30Worth }) => printCell(spent30, spent30Worth) },
  type: { cell: ({ creditType }) => creditType },
  allowance: { right: true, cell: ({ allowance }) => allowance },
};

/** The list of organizations to be printed, with the columns of the table. */
export function OrganizationsPrint({
  frame,
  view,
  list,
  money,
  totals,
  byCreditType,
  isPart,
}: {
  frame: PrintFrame;
  view: OrganizationsView;
  list: PrintedRows<OrganizationListItem>;
  money: MoneyByType;
  totals: OrganizationTotals;
  byCreditType: readonly CreditTypeTotals[];
  /** Whether that is a part of the enterprise. */
  isPart: boolean;
}) {
  const columns: PrintColumn[] = view.cols.map((key) => ({
    label: COLUMN_LABELS[key],
    ...(CELLS[key].right && { right: true }),
  }));
  const now = new Date();
  return (
    <PrintPage
      frame={frame}
      title="Organizations"
      filters={filterWords(view, byCreditType)}
      order={SORT_LABELS.find(([sort]) => sort === view.sort)?.[1] ?? ""}
      list={list}
      words={["organization", "organizations"]}
      columns={[{ label: "Name" }, ...columns]}
      rowsOf={(items) =>
        organizationRows(items, frame.settings, { money, isTable: true, now }).map((row) => ({
          id: row.id,
          cells: [
            printCell(row.name, row.code, tagsText(row.tags)),
            ...view.cols.map((key) => CELLS[key].cell(row)),
          ],
        }))
      }
    >
      <OrganizationMetrics
        totals={totals}
        byCreditType={byCreditType}
        worth={totalsWorth(byCreditType, money)}
        isPart={isPart}
        isPrinted
      />
    </PrintPage>
  );
}

import { printCell } from "#components/ui/print-cell.ts";
import { type PrintFrame, PrintPage } from "#components/ui/print-page.tsx";
import { KIND_LABELS } from "#lib/ledger/rules.ts";
import type { NamedOrganization } from "#lib/organization-codes/queries.ts";
import type { PrintedFigures } from "#lib/transactions/figures.ts";
import type { TransactionsView } from "#lib/transactions/search-params.ts";
import { SpendingMetrics } from "./spending-metrics.tsx";
import { type TransactionRow, transactionRows } from "./transaction-rows.ts";
import { filterWords } from "./transaction-words.ts";

function correction({ reversesId, reversedById }: TransactionRow): string | null {
  if (reversesId !== null) return `Reverses #${reversesId}`;
  return reversedById === null ? null : `Reversed by #${reversedById}`;
}

/** The list of transactions to be printed: of everything in the scope, or `within` one organization. */
export function TransactionsPrint({
  frame,
  view,
  within,
  figures: { filter, metrics, money, creditTypes, list },
}: {
  frame: PrintFrame;
  view: TransactionsView;
  within: NamedOrganization | null;
  figures: PrintedFigures;
}) {
  const { dateFormat } = frame.settings;
  return (
    <PrintPage
      frame={frame}
      title={within ? `Transactions of ${within.name} (${within.code})` : "Transactions"}
      filters={filterWords(view, { filter, creditTypes, dateFormat, isWithin: within !== null })}
      order="Newest first"
      list={list}
      words={["transaction", "transactions"]}
      columns={[
        { label: "Date" },
        { label: "Member" },
        ...(within ? [] : [{ label: "Organization" }]),
        { label: "Application" },
        { label: "Credits", right: true },
        { label: "Credit Type" },
        { label: "Kind" },
      ]}
      rowsOf={(items) =>
        transactionRows(items, frame.settings).map((row) => ({
          id: row.id,
          cells: [
            printCell(row.occurred, `#${row.id}`),
            printCell(row.member?.name, row.member?.email),
            ...(within ? [] : [printCell(row.organization?.name, row.organization?.code)]),
            row.application ?? "",
            printCell(row.amount, row.worth && `= ${row.worth}`),
            row.creditType,
            printCell(KIND_LABELS[row.kind], row.details, row.note, correction(row)),
          ],
        }))
      }
    >
      <SpendingMetrics metrics={metrics} money={money} />
    </PrintPage>
  );
}

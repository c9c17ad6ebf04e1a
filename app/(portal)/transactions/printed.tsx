import { ReceiptText } from "lucide-react";
import { TransactionsPrint } from "#components/transactions/transaction-print.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import type { PrintFrame } from "#components/ui/print-page.tsx";
import type { NamedOrganization } from "#lib/organization-codes/queries.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { dayOf } from "#lib/time.ts";
import { printedFigures } from "#lib/transactions/figures.ts";
import type { TransactionsView } from "#lib/transactions/search-params.ts";

/** All transactions of the view, to be printed: of everything in the scope, or `within` one organization. */
export async function PrintedTransactions({
  scope,
  view,
  within,
  frame,
}: {
  scope: Scope;
  view: TransactionsView;
  within: NamedOrganization | null;
  frame: PrintFrame;
}) {
  const today = dayOf(new Date(), frame.settings.timeZone);
  const figures = await printedFigures(scope, view, today, within);
  if (figures === null) return <EmptyState icon={<ReceiptText />} title="No transactions yet" />;
  return <TransactionsPrint frame={frame} view={view} within={within} figures={figures} />;
}

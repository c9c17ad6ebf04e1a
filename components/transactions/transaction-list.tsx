import type { Calendar } from "#lib/time.ts";
import type { TransactionItem } from "#lib/transactions/queries/entries.ts";
import type { LinkAround } from "#lib/transactions/search-params.ts";
import { transactionRows } from "./transaction-rows.ts";
import { TransactionTable } from "./transaction-table.tsx";

/** Ledger entries, newest first: a table, or on a narrow screen one card per row. */
export function TransactionList({
  items,
  calendar,
  memberLink,
  showOrganization = true,
}: {
  items: readonly TransactionItem[];
  calendar: Calendar;
  /** The link of a member's name: the text before and after the id. */
  memberLink: LinkAround;
  showOrganization?: boolean;
}) {
  return (
    <TransactionTable
      rows={transactionRows(items, calendar)}
      memberLink={memberLink}
      showOrganization={showOrganization}
    />
  );
}

import type { Calendar } from "#lib/time.ts";
import type { TransactionItem } from "#lib/transactions/queries.ts";
import { transactionRows } from "./transaction-rows.ts";
import { TransactionTable } from "./transaction-table.tsx";

/** Entries of the ledger, newest first: a table, and on a narrow screen a card for each of its rows. */
export function TransactionList({
  items,
  calendar,
  memberHref,
  showOrganization = true,
}: {
  items: readonly TransactionItem[];
  calendar: Calendar;
  /** The link of a member's name, to the list filtered by him. */
  memberHref: (id: number) => string;
  showOrganization?: boolean;
}) {
  return (
    <TransactionTable
      rows={transactionRows(items, calendar, memberHref)}
      showOrganization={showOrganization}
    />
  );
}

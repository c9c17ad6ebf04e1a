import type { Calendar } from "#lib/time.ts";
import type { TransactionItem } from "#lib/transactions/queries.ts";
import type { LinkAround } from "#lib/transactions/search-params.ts";
import { transactionRows } from "./transaction-rows.ts";
import { TransactionTable } from "./transaction-table.tsx";

/** Entries of the ledger, newest first: a table, and on a narrow screen a card for each of its rows. */
export function TransactionList({
  items,
  calendar,
  memberLink,
  showOrganization = true,
}: {
  items: readonly TransactionItem[];
  calendar: Calendar;
  /** The link of a member's name, around his id. */
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

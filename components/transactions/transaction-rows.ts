import { formatCredits } from "#lib/credits.ts";
import type { EntryKind } from "#lib/ledger/rules.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import type { TransactionItem } from "#lib/transactions/queries/entries.ts";
import { purchaseDetailsText } from "./purchase-details.ts";

/** The texts of an entry in the list. */
export type TransactionRow = {
  id: number;
  kind: EntryKind;
  /** The instant in ISO 8601, and as text in the enterprise's format and time zone. */
  occurredAt: string;
  occurred: string;
  member: { id: number; name: string; email: string } | null;
  organization: { code: string; name: string } | null;
  application: string | null;
  amount: string;
  creditType: string;
  /** What is known of a purchase. */
  details: string | null;
  reversesId: number | null;
  reversedById: number | null;
};

/** The amount in the list. A reversal has a minus sign, because it takes the amount back. */
function amountText(item: Pick<TransactionItem, "kind" | "amount">): string {
  return `${item.kind === "reversal" ? "−" : ""}${formatCredits(item.amount)}`;
}

export function transactionRows(items: readonly TransactionItem[], calendar: Calendar): TransactionRow[] {
  return items.map(({ id, kind, member, organization, reversesId, reversedById, ...item }) => ({
    id,
    kind,
    occurredAt: item.occurredAt.toISOString(),
    occurred: formatDateTime(item.occurredAt, calendar),
    member: member && { id: member.id, name: member.name, email: member.email },
    organization: organization && { code: organization.code, name: organization.name },
    application: item.application?.name ?? null,
    amount: amountText({ kind, amount: item.amount }),
    creditType: item.creditType.name,
    details: purchaseDetailsText(item, calendar),
    reversesId,
    reversedById,
  }));
}

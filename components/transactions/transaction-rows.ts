import { formatCredits } from "#lib/credits.ts";
import type { EntryKind } from "#lib/ledger/rules.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import type { TransactionItem } from "#lib/transactions/queries.ts";

/** An entry as the list writes it. */
export type TransactionRow = {
  id: number;
  kind: EntryKind;
  /** ISO 8601, and the same in the enterprise's own way. */
  occurredAt: string;
  occurred: string;
  member: { id: number; name: string; email: string } | null;
  organization: { code: string; name: string } | null;
  application: string | null;
  amount: string;
  creditType: string;
  currency: string;
  reversesId: number | null;
  reversedById: number | null;
};

export const transactionHref = (id: number) => `/transactions/${id}`;

/** The amount as the list shows it: a reversal takes back. */
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
    currency: item.creditType.currency,
    reversesId,
    reversedById,
  }));
}

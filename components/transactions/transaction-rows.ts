import { currencyOf } from "#lib/credit-types/rules.ts";
import { formatCredits } from "#lib/credits.ts";
import type { EntryKind } from "#lib/ledger/rules.ts";
import { minorUnitsOf, moneyText } from "#lib/money.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import type { TransactionItem } from "#lib/transactions/queries/entries.ts";
import { signedAmount } from "#lib/transactions/rules.ts";
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
  /** Signed. */
  amount: string;
  /** What it is worth, in its currency; null where that rounds to nothing. */
  worth: string | null;
  creditType: string;
  /** What is known of a purchase. */
  details: string | null;
  note: string | null;
  reversesId: number | null;
  reversedById: number | null;
};

/** What an amount is worth by the rate of its time; null where that rounds to nothing. */
function worthText(micro: bigint, { rate, creditType }: Pick<TransactionItem, "rate" | "creditType">) {
  const currency = currencyOf(creditType.currency);
  return minorUnitsOf(micro, rate, currency) === 0n ? null : moneyText(micro, rate, currency);
}

export function transactionRows(items: readonly TransactionItem[], calendar: Calendar): TransactionRow[] {
  return items.map(({ id, kind, member, organization, reversesId, reversedById, ...item }) => {
    const amount = signedAmount({ kind, amount: item.amount });
    return {
      id,
      kind,
      occurredAt: item.occurredAt.toISOString(),
      occurred: formatDateTime(item.occurredAt, calendar),
      member: member && { id: member.id, name: member.name, email: member.email },
      organization: organization && { code: organization.code, name: organization.name },
      application: item.application?.name ?? null,
      amount: formatCredits(amount).replace("-", "−"),
      worth: worthText(amount, item),
      creditType: item.creditType.name,
      details: purchaseDetailsText(item, calendar),
      note: item.note,
      reversesId,
      reversedById,
    };
  });
}

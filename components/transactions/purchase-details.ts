import { formatDay } from "#lib/calendar.ts";
import { currencyOf } from "#lib/credit-types/rules.ts";
import { paidText } from "#lib/money.ts";
import type { Calendar } from "#lib/time.ts";
import type { TransactionItem } from "#lib/transactions/queries/entries.ts";

/** "S$10,000.00 · INV-7 · 24/11/2026": what is known of the deal behind a purchase; null for nothing. */
export function purchaseDetailsText(
  { details, creditType }: Pick<TransactionItem, "details" | "creditType">,
  { dateFormat }: Pick<Calendar, "dateFormat">,
): string | null {
  if (!details) return null;
  const { day, paid, invoiceNumber } = details;
  return [
    paid === null ? null : paidText(paid, currencyOf(creditType.currency)),
    invoiceNumber,
    day === null ? null : formatDay(day, dateFormat),
  ]
    .filter((part) => part !== null)
    .join(" · ");
}

import { eq } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { creditTypes, purchaseDetails } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import type { AuditValues } from "#lib/audit/rules.ts";
import { isoDay } from "#lib/calendar.ts";
import { currencyOf } from "#lib/credit-types/rules.ts";
import { creditsText, MAX_CREDITS, MICRO_PER_CREDIT, plainCredits } from "#lib/credits.ts";
import type { Currency } from "#lib/money.ts";
import { done, type Refused, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { type Posting, writePosting } from "../posting/posting.ts";
import { ACCOUNTS, MAX_ENTERPRISE_CREDITS, type PurchaseDetails, type PurchaseInput } from "../rules.ts";
import { dayInEnterprise, type Receipt, repeatOf, requestColumns, requestHash } from "./requests.ts";

export type PurchaseField = "amount" | "creditType" | "purchaseDate" | "paid";

/** The details of a purchase; null when there are none. */
function detailsOf({ purchaseDate, paid, invoiceNumber }: PurchaseInput): PurchaseDetails | null {
  const details = { day: purchaseDate ?? null, paid: paid ?? null, invoiceNumber: invoiceNumber ?? null };
  return Object.values(details).every((value) => value === null) ? null : details;
}

/** A refusal of details that cannot be: a day to come, or more decimals than the currency has. */
function detailsRefusal(
  details: PurchaseDetails,
  currency: Currency,
  today: number,
): Refused<PurchaseField> | null {
  if (details.day !== null && details.day > today) {
    return refused("date_in_future", "The date must not be in the future.", "purchaseDate");
  }
  const smallest = MICRO_PER_CREDIT / 10n ** BigInt(currency.decimals);
  if (details.paid === null || details.paid % smallest === 0n) return null;
  return refused(
    "too_many_decimals",
    currency.decimals === 0
      ? `${currency.code} has no decimal places.`
      : `${currency.code} has at most ${currency.decimals} decimal places.`,
    "paid",
  );
}

/** Credits enter a pool from outside. */
export async function purchaseCredits(
  input: PurchaseInput,
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<Receipt, PurchaseField>> {
  return writePosting((posting, tx) => {
    assertRole(tx, actor, "admin");
    return purchase(posting, tx, input, actor, now);
  });
}

/** The details as the audit entry of the purchase has them. */
function auditedDetails(details: PurchaseDetails | null): AuditValues {
  if (!details) return {};
  const { day, paid, invoiceNumber } = details;
  return {
    ...(day !== null && { purchaseDate: isoDay(day) }),
    ...(paid !== null && { paid: plainCredits(paid) }),
    ...(invoiceNumber !== null && { invoiceNumber }),
  };
}

/** {@link purchaseCredits} within a transaction. */
export function purchase(
  posting: Posting,
  tx: Transaction,
  input: PurchaseInput,
  actor: Actor,
  now: Date,
): Result<Receipt, PurchaseField> {
  const type = tx.select().from(creditTypes).where(eq(creditTypes.id, input.creditType)).get();
  if (!type) return refused("credit_type_not_found", "This credit type does not exist.", "creditType");
  const details = detailsOf(input);
  // Without details as before there were any, so that a repeat is recognized across the upgrade.
  const hash = requestHash([
    "purchase",
    type.id,
    input.amount,
    input.note,
    ...(details ? [details.day, details.paid, details.invoiceNumber] : []),
  ]);
  const before = repeatOf<PurchaseField>(tx, { id: input.requestId, hash, organizationId: null }, type.name);
  if (before) return before;
  if (type.archivedAt) {
    return refused("credit_type_archived", `${type.name} is archived. Restore it first.`, "creditType");
  }
  const today = dayInEnterprise(tx, now);
  const refusal = details && detailsRefusal(details, currencyOf(type.currency), today);
  if (refusal) return refusal;
  const pool = posting.pool(type.id);
  if (pool.totalPurchased + input.amount > MAX_CREDITS) {
    return refused(
      "pool_limit",
      `A pool may buy ${creditsText(MAX_CREDITS)} in all; ${type.name} may still buy ${creditsText(MAX_CREDITS - pool.totalPurchased)}.`,
      "amount",
    );
  }
  const all = tx
    .select({ purchased: creditTypes.totalPurchased })
    .from(creditTypes)
    .all()
    .reduce((sum, row) => sum + row.purchased, 0n);
  if (all + input.amount > MAX_ENTERPRISE_CREDITS) {
    return refused(
      "enterprise_limit",
      `All pools together may buy ${creditsText(MAX_ENTERPRISE_CREDITS)}; ${creditsText(MAX_ENTERPRISE_CREDITS - all)} remain.`,
      "amount",
    );
  }
  const { id, balanceAfter } = posting.post({
    kind: "purchase",
    ...ACCOUNTS.purchase,
    amount: input.amount,
    creditTypeId: type.id,
    memberId: null,
    occurredAt: now,
    day: today,
    ...requestColumns(input, hash, now),
  });
  if (details)
    tx.insert(purchaseDetails)
      .values({ entryId: id, ...details })
      .run();
  recordAudit(
    tx,
    actor,
    [
      {
        action: "credits.purchased",
        subject: { kind: "credit_type", id: type.id, label: type.name },
        before: { available: plainCredits(balanceAfter - input.amount) },
        after: {
          available: plainCredits(balanceAfter),
          entry: id,
          ...auditedDetails(details),
          ...(input.note && { note: input.note }),
        },
      },
    ],
    now,
  );
  return done({ entryId: id, amount: input.amount, balanceAfter, name: type.name, repeated: false });
}

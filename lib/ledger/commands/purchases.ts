import { eq } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { creditTypes } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { creditsText, MAX_CREDITS, plainCredits } from "#lib/credits.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { type Posting, writePosting } from "../posting/posting.ts";
import { ACCOUNTS, MAX_ENTERPRISE_CREDITS, type PurchaseInput } from "../rules.ts";
import { dayInEnterprise, type Receipt, repeatOf, requestColumns, requestHash } from "./requests.ts";

/** Credits enter a pool from outside. */
export async function purchaseCredits(
  input: PurchaseInput,
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<Receipt, "amount" | "creditType">> {
  return writePosting((posting, tx) => {
    assertRole(tx, actor, "admin");
    return purchase(posting, tx, input, actor, now);
  });
}

/** {@link purchaseCredits} within a transaction. */
export function purchase(
  posting: Posting,
  tx: Transaction,
  input: PurchaseInput,
  actor: Actor,
  now: Date,
): Result<Receipt, "amount" | "creditType"> {
  const type = tx.select().from(creditTypes).where(eq(creditTypes.id, input.creditType)).get();
  if (!type) return refused("credit_type_not_found", "This credit type does not exist.", "creditType");
  const hash = requestHash(["purchase", type.id, input.amount, input.note]);
  const before = repeatOf<"amount" | "creditType">(
    tx,
    { id: input.requestId, hash, organizationId: null },
    type.name,
  );
  if (before) return before;
  if (type.archivedAt) {
    return refused("credit_type_archived", `${type.name} is archived. Restore it first.`, "creditType");
  }
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
    day: dayInEnterprise(tx, now),
    ...requestColumns(input, hash, now),
  });
  recordAudit(
    tx,
    actor,
    [
      {
        action: "credits.purchased",
        subject: { kind: "credit_type", id: type.id, label: type.name },
        before: { available: plainCredits(balanceAfter - input.amount) },
        after: { available: plainCredits(balanceAfter), entry: id, ...(input.note && { note: input.note }) },
      },
    ],
    now,
  );
  return done({ entryId: id, amount: input.amount, balanceAfter, name: type.name, repeated: false });
}

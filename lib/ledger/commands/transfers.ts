import { eq } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { creditTypes, organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { plainCredits } from "#lib/credits.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { type Posting, writePosting } from "../posting/posting.ts";
import { ACCOUNTS, type TransferInput } from "../rules.ts";
import {
  dayInEnterprise,
  insufficientCredits,
  type Receipt,
  repeatOf,
  requestColumns,
  requestHash,
} from "./requests.ts";

/**
 * Credits move from the pool to an organization; more than is available is refused, and the message contains the
 * available amount.
 */
export async function allocateCredits(
  input: TransferInput,
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<Receipt, "amount">> {
  return writePosting((posting, tx) => {
    assertRole(tx, actor, "admin");
    return transfer("allocation", posting, tx, input, actor, now);
  });
}

/**
 * Credits move from an organization back to its pool; more than its balance is refused, and the message contains the
 * balance.
 */
export async function returnCredits(
  input: TransferInput,
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<Receipt, "amount">> {
  return writePosting((posting, tx) => {
    assertRole(tx, actor, "admin");
    return transfer("return", posting, tx, input, actor, now);
  });
}

/** {@link allocateCredits} or {@link returnCredits} within a transaction. */
export function transfer(
  kind: "allocation" | "return",
  posting: Posting,
  tx: Transaction,
  input: TransferInput,
  actor: Actor,
  now: Date,
): Result<Receipt, "amount"> {
  const organization = tx.select().from(organizations).where(eq(organizations.id, input.organization)).get();
  if (!organization) return refused("organization_not_found", "This organization does not exist.");
  const hash = requestHash([kind, organization.id, input.amount, input.note]);
  const before = repeatOf<"amount">(
    tx,
    { id: input.requestId, hash, organizationId: organization.id },
    organization.name,
  );
  if (before) return before;
  const type = tx.select().from(creditTypes).where(eq(creditTypes.id, organization.creditTypeId)).get();
  const refusal =
    kind === "allocation"
      ? insufficientCredits(
          posting.pool(organization.creditTypeId).available,
          input.amount,
          type?.name ?? "The pool",
          "amount",
        )
      : insufficientCredits(posting.balance(organization.id), input.amount, organization.name, "amount");
  if (refusal) return refusal;
  const { id, balanceAfter } = posting.post({
    kind,
    ...ACCOUNTS[kind],
    amount: input.amount,
    creditTypeId: organization.creditTypeId,
    organizationId: organization.id,
    memberId: null,
    occurredAt: now,
    day: dayInEnterprise(tx, now),
    ...requestColumns(input, hash, now),
  });
  const balanceBefore = kind === "allocation" ? balanceAfter - input.amount : balanceAfter + input.amount;
  recordAudit(
    tx,
    actor,
    [
      {
        action: kind === "allocation" ? "credits.allocated" : "credits.returned",
        subject: { kind: "organization", id: organization.id, label: organization.code },
        before: { balance: plainCredits(balanceBefore) },
        after: { balance: plainCredits(balanceAfter), entry: id, ...(input.note && { note: input.note }) },
      },
    ],
    now,
  );
  return done({ entryId: id, amount: input.amount, balanceAfter, name: organization.name, repeated: false });
}

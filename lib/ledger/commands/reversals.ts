import { eq, sql } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { creditTypes, ENTRY_MODEL, ledgerEntries, memberships, organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { creditsText, plainCredits } from "#lib/credits.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import type { NewEntry } from "../posting/entry.ts";
import { type Posting, writePosting } from "../posting/posting.ts";
import { effectsOf, oppositeAccounts, type ReversalInput } from "../rules.ts";
import { type Receipt, repeatOf, requestColumns, requestHash } from "./requests.ts";

/**
 * Corrects an entry by its opposite, once. The reversal has the date of the entry that it corrects, so a reversed spend
 * gives back allowance in the month of the spend.
 */
export async function reverseEntry(
  input: ReversalInput,
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<Receipt>> {
  return writePosting((posting, tx) => {
    assertRole(tx, actor, "admin");
    return reverse(posting, tx, input, actor, now);
  });
}

/**
 * The metadata of a reversal: the model of its entry, so that a filter by model and a table by model have both. SQLite
 * copies the very JSON, because numbers of JavaScript do not have all that JSON can write.
 */
const MODEL_METADATA = sql<string | null>`CASE WHEN ${ENTRY_MODEL} IS NOT NULL
  THEN json_object('model', metadata -> '$.model') END`;

/** {@link reverseEntry} within a transaction. */
export function reverse(
  posting: Posting,
  tx: Transaction,
  input: ReversalInput,
  actor: Actor,
  now: Date,
): Result<Receipt> {
  const row = tx
    .select({ entry: ledgerEntries, metadata: MODEL_METADATA })
    .from(ledgerEntries)
    .where(eq(ledgerEntries.id, input.entry))
    .get();
  if (!row) return refused("entry_not_found", "This transaction does not exist.");
  const { entry, metadata } = row;
  const organization =
    entry.organizationId === null
      ? undefined
      : tx.select().from(organizations).where(eq(organizations.id, entry.organizationId)).get();
  const type = tx.select().from(creditTypes).where(eq(creditTypes.id, entry.creditTypeId)).get();
  const name = organization?.name ?? type?.name ?? "";
  const hash = requestHash(["reversal", entry.id, input.note]);
  const before = repeatOf(tx, { id: input.requestId, hash, organizationId: entry.organizationId }, name);
  if (before) return before;
  if (entry.kind === "reversal") return refused("not_reversible", "A reversal cannot be reversed.");
  const earlier = tx
    .select({ id: ledgerEntries.id })
    .from(ledgerEntries)
    .where(eq(ledgerEntries.reversesId, entry.id))
    .get();
  if (earlier) return refused("already_reversed", "This transaction was reversed already.");
  const accounts = oppositeAccounts(entry);
  const effects = effectsOf(accounts, entry.amount);
  const available = posting.pool(entry.creditTypeId).available;
  if (available + effects.available < 0n) {
    return refused(
      "insufficient_credits",
      `${type?.name ?? "The pool"} has ${creditsText(available)} left; the reversal needs ${creditsText(entry.amount)}.`,
    );
  }
  if (organization && posting.balance(organization.id) + effects.balance < 0n) {
    return refused(
      "insufficient_credits",
      `${organization.name} has ${creditsText(posting.balance(organization.id))} left; the reversal needs ${creditsText(entry.amount)}.`,
    );
  }
  const memberId =
    entry.membershipId === null
      ? null
      : (tx
          .select({ memberId: memberships.memberId })
          .from(memberships)
          .where(eq(memberships.id, entry.membershipId))
          .get()?.memberId ?? null);
  const opposite: NewEntry = {
    kind: "reversal",
    ...accounts,
    amount: entry.amount,
    creditTypeId: entry.creditTypeId,
    organizationId: entry.organizationId,
    membershipId: entry.membershipId,
    memberId,
    applicationId: entry.applicationId,
    reversesId: entry.id,
    reversedKeyId: entry.apiKeyId,
    occurredAt: entry.occurredAt,
    day: entry.day,
    metadata,
    ...requestColumns(input, hash, now),
  };
  const { id, balanceAfter } = posting.post(opposite);
  const figure = organization ? "balance" : "available";
  recordAudit(
    tx,
    actor,
    [
      {
        action: "entry.reversed",
        subject: organization
          ? { kind: "organization", id: organization.id, label: organization.code }
          : { kind: "credit_type", id: entry.creditTypeId, label: name },
        before: {
          [figure]: plainCredits(balanceAfter - effects.balance - (organization ? 0n : effects.available)),
        },
        after: {
          [figure]: plainCredits(balanceAfter),
          entry: id,
          reverses: entry.id,
          ...(input.note && { note: input.note }),
        },
      },
    ],
    now,
  );
  return done({ entryId: id, amount: entry.amount, balanceAfter, name, repeated: false });
}

import { hash } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import { type Database, database, type Reader, type Transaction, write } from "#db/client.ts";
import { creditTypes, ledgerEntries, memberships, organizations, settings } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { creditsText, MAX_CREDITS, plainCredits } from "#lib/credits.ts";
import { done, type Refused, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { dayOf } from "#lib/time.ts";
import { type NewEntry, type Posting, startPosting } from "./posting.ts";
import {
  ACCOUNTS,
  effectsOf,
  MAX_ENTERPRISE_CREDITS,
  type PurchaseInput,
  type ReversalInput,
  reversed,
  type TransferInput,
} from "./rules.ts";

/** The answer of a command of the ledger. `repeated` if the same request was already done. */
export type Posted = {
  entryId: number;
  amount: bigint;
  /** The balance right after the entry: of the organization, or for a purchase of the pool. */
  balanceAfter: bigint;
  /** The organization's or the credit type's. */
  name: string;
  repeated: boolean;
};

/** The source of entries that people and the command line make. */
export const PORTAL_SOURCE = "portal";

/** A hash of what was requested. It tells a repeat from another request with the same id. */
export function requestHash(fields: readonly (string | number | bigint | null)[]): Buffer {
  const text = JSON.stringify(fields.map((field) => (typeof field === "bigint" ? `${field}` : field)));
  return hash("sha256", text, "buffer").subarray(0, 16);
}

/** The day of an instant, e.g. 20261125, in the enterprise's time zone as it is now. */
function dayInEnterprise(reader: Reader, at: Date): number {
  return dayOf(at, reader.select({ timeZone: settings.timeZone }).from(settings).get()?.timeZone ?? "UTC");
}

/** The entry that this request created before, or a refusal when a request with its id asked for something else. */
function repeated<Field extends string>(
  tx: Reader,
  request: { id: string; hash: Buffer; organizationId: number | null },
  name: string,
): Result<Posted, Field> | null {
  const match = tx
    .select()
    .from(ledgerEntries)
    .where(
      and(
        eq(ledgerEntries.externalId, request.id),
        eq(ledgerEntries.source, PORTAL_SOURCE),
        sql`coalesce(organization_id, 0) = ${request.organizationId ?? 0}`,
      ),
    )
    .get();
  if (!match) return null;
  if (!match.requestHash.equals(request.hash)) {
    return refused(
      "idempotency_conflict",
      "This form was already sent with different figures, which were recorded. Reload the page before you send another.",
    );
  }
  return done({
    entryId: match.id,
    amount: match.amount,
    balanceAfter: match.balanceAfter,
    name,
    repeated: true,
  });
}

/** The columns of an entry about the request that created it. */
function requestOf(input: { requestId: string; note: string | null }, hash: Buffer, now: Date) {
  return {
    recordedAt: now,
    externalId: input.requestId,
    source: PORTAL_SOURCE,
    requestHash: hash,
    note: input.note,
  };
}

/** Runs `work` with a posting in one immediate transaction. */
export function writePosting<T>(
  work: (posting: Posting, tx: Transaction) => T,
  db: Database = database(),
): Promise<T> {
  return write((tx) => {
    const posting = startPosting(db);
    const answer = work(posting, tx);
    posting.finish();
    return answer;
  }, db);
}

/** Credits enter a pool from outside. */
export async function purchaseCredits(
  input: PurchaseInput,
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<Posted, "amount" | "creditType">> {
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
): Result<Posted, "amount" | "creditType"> {
  const type = tx.select().from(creditTypes).where(eq(creditTypes.id, input.creditType)).get();
  if (!type) return refused("credit_type_not_found", "This credit type does not exist.", "creditType");
  const hash = requestHash(["purchase", type.id, input.amount, input.note]);
  const before = repeated<"amount" | "creditType">(
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
    ...requestOf(input, hash, now),
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

/**
 * Credits move from the pool to an organization; more than is available is refused, and the message contains the
 * available amount.
 */
export async function allocateCredits(
  input: TransferInput,
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<Posted, "amount">> {
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
): Promise<Result<Posted, "amount">> {
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
): Result<Posted, "amount"> {
  const organization = tx.select().from(organizations).where(eq(organizations.id, input.organization)).get();
  if (!organization) return refused("organization_not_found", "This organization does not exist.");
  const hash = requestHash([kind, organization.id, input.amount, input.note]);
  const before = repeated<"amount">(
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
    ...requestOf(input, hash, now),
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

/** A refusal at `field` when `amount` is more than `available` in the account `name`. */
export function insufficientCredits<Field extends string>(
  available: bigint,
  amount: bigint,
  name: string,
  field: Field,
): Refused<Field> | null {
  if (amount <= available) return null;
  return refused(
    "insufficient_credits",
    available === 0n ? `${name} has no credits.` : `${name} has ${creditsText(available)}.`,
    field,
  );
}

/**
 * Corrects an entry by its opposite, once. The reversal has the date of the entry that it corrects, so a reversed spend
 * gives back allowance in the month of the spend.
 */
export async function reverseEntry(
  input: ReversalInput,
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<Posted>> {
  return writePosting((posting, tx) => {
    assertRole(tx, actor, "admin");
    return reverse(posting, tx, input, actor, now);
  });
}

/** The metadata of a reversal: the model of its entry, so that a filter by model finds both. */
function modelMetadata(metadata: string | null): string | null {
  const model: unknown = metadata === null ? undefined : Object(JSON.parse(metadata)).model;
  return typeof model === "string" ? JSON.stringify({ model }) : null;
}

/** {@link reverseEntry} within a transaction. */
export function reverse(
  posting: Posting,
  tx: Transaction,
  input: ReversalInput,
  actor: Actor,
  now: Date,
): Result<Posted> {
  const entry = tx.select().from(ledgerEntries).where(eq(ledgerEntries.id, input.entry)).get();
  if (!entry) return refused("entry_not_found", "This transaction does not exist.");
  const organization =
    entry.organizationId === null
      ? undefined
      : tx.select().from(organizations).where(eq(organizations.id, entry.organizationId)).get();
  const type = tx.select().from(creditTypes).where(eq(creditTypes.id, entry.creditTypeId)).get();
  const name = organization?.name ?? type?.name ?? "";
  const hash = requestHash(["reversal", entry.id, input.note]);
  const before = repeated(tx, { id: input.requestId, hash, organizationId: entry.organizationId }, name);
  if (before) return before;
  if (entry.kind === "reversal") return refused("not_reversible", "A reversal cannot be reversed.");
  const earlier = tx
    .select({ id: ledgerEntries.id })
    .from(ledgerEntries)
    .where(eq(ledgerEntries.reversesId, entry.id))
    .get();
  if (earlier) return refused("already_reversed", "This transaction was reversed already.");
  const accounts = reversed(entry);
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
    occurredAt: entry.occurredAt,
    day: entry.day,
    metadata: modelMetadata(entry.metadata),
    ...requestOf(input, hash, now),
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

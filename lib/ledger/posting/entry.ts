import { sql } from "drizzle-orm";
import type { ChainedValues } from "#db/ledger-chain.ts";
import { ledgerEntries } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";

/** An entry to post. `memberId` is the membership's person; both only with a spend or its reversal. */
export type NewEntry = Omit<typeof ledgerEntries.$inferInsert, "id" | "balanceAfter"> & {
  memberId: number | null;
  /** Of a reversal: the API key of the entry that it takes back. */
  reversedKeyId?: number | null;
  /** What merged memberships add to `monthSpentAfter` toward the allowance. The ledger does not store it. */
  mergedMonthSpent?: bigint;
};

const value = sql.placeholder;

/** Inserts an {@link entryRow}. */
export const insertEntry = statement((db) =>
  db.insert(ledgerEntries).values({
    id: value("id"),
    kind: value("kind"),
    debitAccount: value("debitAccount"),
    creditAccount: value("creditAccount"),
    amount: value("amount"),
    creditTypeId: value("creditTypeId"),
    organizationId: value("organizationId"),
    membershipId: value("membershipId"),
    applicationId: value("applicationId"),
    reversesId: value("reversesId"),
    occurredAt: value("occurredAt"),
    day: value("day"),
    recordedAt: value("recordedAt"),
    externalId: value("externalId"),
    source: value("source"),
    requestHash: value("requestHash"),
    balanceAfter: value("balanceAfter"),
    monthSpentAfter: value("monthSpentAfter"),
    allowanceThen: value("allowanceThen"),
    apiKeyId: value("apiKeyId"),
    metadata: value("metadata"),
    note: value("note"),
  }),
);

/** All columns of an entry. */
export function entryRow(entry: NewEntry, id: number, balanceAfter: bigint) {
  return {
    ...entry,
    id,
    organizationId: entry.organizationId ?? null,
    membershipId: entry.membershipId ?? null,
    applicationId: entry.applicationId ?? null,
    reversesId: entry.reversesId ?? null,
    balanceAfter,
    monthSpentAfter: entry.monthSpentAfter ?? null,
    allowanceThen: entry.allowanceThen ?? null,
    apiKeyId: entry.apiKeyId ?? null,
    metadata: entry.metadata ?? null,
    note: entry.note ?? null,
  };
}

/** What the hash chain covers of a row. */
export function chainedValues(row: ReturnType<typeof entryRow>): ChainedValues {
  return [
    row.id,
    row.kind,
    row.debitAccount,
    row.creditAccount,
    row.amount,
    row.creditTypeId,
    row.organizationId,
    row.membershipId,
    row.applicationId,
    row.reversesId,
    row.occurredAt.getTime(),
    row.day,
    row.recordedAt.getTime(),
    row.balanceAfter,
    row.monthSpentAfter,
    row.allowanceThen,
    row.apiKeyId,
    row.requestHash,
    row.externalId,
    row.source,
    row.metadata,
    row.note,
  ];
}

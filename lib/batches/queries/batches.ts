import { and, asc, between, count, eq, sql } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import { auditEntries, batches, creditTypes, ledgerEntries } from "#db/schema/index.ts";
import { type AuditItem, type AuditReader, itemsOf } from "#lib/audit/queries.ts";
import type { AuditValues } from "#lib/audit/rules.ts";
import type { BatchKind } from "#lib/bulk/rules/batches.ts";
import { isWhole, type Scope, scopeConditions } from "#lib/scope/scope.ts";

export type BatchRow = typeof batches.$inferSelect;

/** A batch as its page shows it. */
export type Batch = {
  id: number;
  kind: BatchKind;
  createdAt: Date;
  /** Who made it. */
  actorKind: AuditItem["actorKind"];
  actorLabel: string;
  note: string | null;
  /** How many rows it changed that the reader may see. */
  changes: number;
  /** Whether it changed more than that. */
  isPart: boolean;
  /** What it moved, by credit type; nothing unless it moved credits. */
  moved: { creditTypeId: number; name: string; amount: bigint }[];
  /** The `external_id` of its ledger entries. */
  requestId: string;
  hasEntries: boolean;
  reversesId: number | null;
  reversedById: number | null;
};

/** The row of a batch, without a check of the scope. */
export function batchRow(reader: Reader, id: number): BatchRow | null {
  return reader.select().from(batches).where(eq(batches.id, id)).get() ?? null;
}

/** How many rows a batch has changed, without a check of the scope; 0 for one that does not exist. */
export function rowsOfBatch(id: number): number {
  const row = batchRow(database(), id);
  return row ? row.lastAuditId - row.firstAuditId : 0;
}

/** The batch that reverses another one; null for none. */
export function reversalOf(reader: Reader, id: number): number | null {
  return reader.select({ id: batches.id }).from(batches).where(eq(batches.reversesId, id)).get()?.id ?? null;
}

/** The audit entries of a batch's changes in a scope; the last of its audit entries is about the batch itself. */
const changesIn = (scope: Scope, { firstAuditId, lastAuditId }: BatchRow) =>
  and(
    between(auditEntries.id, firstAuditId, lastAuditId - 1),
    ...scopeConditions(scope, sql`+${auditEntries.organizationId}`),
  );

/** A batch that changed something in the scope; null for any other. */
export function getBatch(scope: Scope, id: number): Batch | null {
  const row = batchRow(database(), id);
  if (!row) return null;
  const changes = isWhole(scope)
    ? row.lastAuditId - row.firstAuditId
    : (database().select({ changes: count() }).from(auditEntries).where(changesIn(scope, row)).get()
        ?.changes ?? 0);
  const summary = database().select().from(auditEntries).where(eq(auditEntries.id, row.lastAuditId)).get();
  if (changes === 0 || !summary) return null;
  const { note }: AuditValues = summary.after === null ? {} : JSON.parse(summary.after);
  const { kind, createdAt, requestId, reversesId } = row;
  return {
    id,
    kind,
    createdAt,
    actorKind: summary.actorKind,
    actorLabel: summary.actorLabel,
    note: typeof note === "string" ? note : null,
    changes,
    isPart: changes < row.lastAuditId - row.firstAuditId,
    moved: movedIn(scope, row),
    requestId,
    hasEntries: row.firstEntryId !== null,
    reversesId,
    reversedById: reversalOf(database(), id),
  };
}

function movedIn(scope: Scope, { firstEntryId, lastEntryId }: BatchRow): Batch["moved"] {
  if (firstEntryId === null || lastEntryId === null) return [];
  return database()
    .select({
      creditTypeId: creditTypes.id,
      name: creditTypes.name,
      amount: sql<bigint>`sum(${ledgerEntries.amount})`,
    })
    .from(ledgerEntries)
    .innerJoin(creditTypes, eq(creditTypes.id, ledgerEntries.creditTypeId))
    .where(
      and(
        between(ledgerEntries.id, firstEntryId, lastEntryId),
        ...scopeConditions(scope, sql`+${ledgerEntries.organizationId}`),
      ),
    )
    .groupBy(creditTypes.id)
    .orderBy(asc(creditTypes.nameKey))
    .all();
}

/** A page of what a batch changed in the reader's scope, in the order in which it was done. */
export function changesOfBatch(
  reader: AuditReader,
  id: number,
  { page, size }: { page: number; size: number },
): AuditItem[] {
  const row = batchRow(database(), id);
  if (!row) return [];
  const rows = database()
    .select()
    .from(auditEntries)
    .where(changesIn(reader.scope, row))
    .orderBy(asc(auditEntries.id))
    .limit(size)
    .offset((page - 1) * size)
    .all();
  return itemsOf(rows, reader);
}

import { and, eq, max } from "drizzle-orm";
import type { Reader, Transaction } from "#db/client.ts";
import { auditEnd, batches, ledgerEntries } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { formatCount } from "#lib/credits.ts";
import { PORTAL_SOURCE, requestHash } from "#lib/ledger/commands/requests.ts";
import { done, type Refused, type Result, refused } from "#lib/result.ts";
import { BATCH_MAX, type BatchKind } from "./rules/batches.ts";

/** The answer of a batch. `batch` is null where nothing changed; `isRepeat` where the same request was already done. */
export type BatchReceipt = { batch: number | null; changed: number; isRepeat: boolean };

/** One request for a batch, so that sending it twice does it once. */
export type BatchRequest = {
  id: string;
  /** `requestHash` of what it asks for. */
  hash: Buffer;
};

/** The batch that this request made before, or a refusal when its id was used for something else. */
export function repeatOfBatch(reader: Reader, request: BatchRequest): Result<BatchReceipt> | null {
  const batch = reader.select().from(batches).where(eq(batches.requestId, request.id)).get();
  if (batch?.requestHash.equals(request.hash)) {
    return done({ batch: batch.id, changed: batch.lastAuditId - batch.firstAuditId, isRepeat: true });
  }
  const entry =
    batch ??
    reader
      .select({ id: ledgerEntries.id })
      .from(ledgerEntries)
      // An application's event may have any id, and stops no batch.
      .where(and(eq(ledgerEntries.externalId, request.id), eq(ledgerEntries.source, PORTAL_SOURCE)))
      .limit(1)
      .get();
  if (!entry) return null;
  return refused(
    "idempotency_conflict",
    "This form was already sent with other values, which were recorded. Reload the page before you send another.",
  );
}

/**
 * Records the changes that `work` makes as one batch, in the transaction of the caller. `work` writes the audit entry of
 * each change, and nobody else writes any until it ends. Where it changes nothing, no batch is recorded.
 *
 * @param work answers how many changes it made
 */
export function recordAsBatch<Field extends string>(
  tx: Transaction,
  {
    kind,
    request,
    note = null,
    reverses = null,
  }: { kind: BatchKind; request: BatchRequest; note?: string | null; reverses?: number | null },
  actor: Actor,
  at: Date,
  work: () => number | Refused<Field>,
): Result<BatchReceipt, Field> {
  const auditBefore = lastAuditId(tx);
  const entryBefore = lastEntryId(tx);
  const changed = work();
  if (typeof changed !== "number") return changed;
  if (changed === 0) return done({ batch: null, changed, isRepeat: false });
  const id =
    (tx
      .select({ id: max(batches.id) })
      .from(batches)
      .get()?.id ?? 0) + 1;
  recordAudit(
    tx,
    actor,
    [
      {
        action: "batch.recorded",
        subject: { kind: "batch", id, label: String(id) },
        after: {
          kind,
          changes: changed,
          ...(note && { note }),
          ...(reverses && { reversesBatch: reverses }),
        },
      },
    ],
    at,
  );
  const entryAfter = lastEntryId(tx);
  const hasEntries = entryAfter > entryBefore;
  tx.insert(batches)
    .values({
      id,
      kind,
      createdAt: at,
      requestId: request.id,
      requestHash: request.hash,
      firstAuditId: auditBefore + 1,
      lastAuditId: lastAuditId(tx),
      firstEntryId: hasEntries ? entryBefore + 1 : null,
      lastEntryId: hasEntries ? entryAfter : null,
      reversesId: reverses,
    })
    .run();
  return done({ batch: id, changed, isRepeat: false });
}

/** {@link recordAsBatch} unless the same request was already done. `content` is what it asks for. */
export function asBatch(
  tx: Transaction,
  { kind, id, content }: { kind: BatchKind; id: string; content: readonly (string | number)[] },
  actor: Actor,
  at: Date,
  work: () => number | Refused,
): Result<BatchReceipt> {
  const request = { id, hash: requestHash([kind, ...content]) };
  return repeatOfBatch(tx, request) ?? recordAsBatch(tx, { kind, request }, actor, at, work);
}

function lastAuditId(tx: Transaction): number {
  return tx.select({ id: auditEnd.lastId }).from(auditEnd).get()?.id ?? 0;
}

function lastEntryId(tx: Transaction): number {
  return (
    tx
      .select({ id: max(ledgerEntries.id) })
      .from(ledgerEntries)
      .get()?.id ?? 0
  );
}

/** The refusal of a change that would do something else than its preview showed. */
export function stalePreview(): Refused<never> {
  return refused("stale_preview", "Something has changed since the preview. Check it again.");
}

/** The refusal of more rows than one batch can have. */
export function tooMany(): Refused<never> {
  return refused("too_many", `At most ${formatCount(BATCH_MAX)} at once. Choose fewer.`);
}

import { eq, sql } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { previewOfChanges } from "#lib/bulk/preview.ts";
import { type BatchReceipt, recordAsBatch, repeatOfBatch, stalePreview, tooMany } from "#lib/bulk/record.ts";
import { BATCH_MAX } from "#lib/bulk/rules/batches.ts";
import type { BulkRequest } from "#lib/bulk/rules/changes.ts";
import { parseCredits } from "#lib/credits.ts";
import { requestHash } from "#lib/ledger/commands/requests.ts";
import { type Result, refused } from "#lib/result.ts";
import { assertManages } from "#lib/scope/authorize.ts";
import { allowanceLines } from "../bulk-queries.ts";
import { auditedAllowance } from "./insert.ts";

/** An organization whose allowance changes, as the audit trail writes it; null is no limit. */
export type AllowanceChange = { id: number; code: string; before: string | null; after: string | null };

/**
 * Sets the monthly allowance per member of organizations that the actor manages, in one transaction and as one batch. Those
 * that have it already stay as they are.
 */
export async function changeOrganizationsAllowance(
  {
    ids,
    monthlyAllowance,
    requestId,
    selection,
    expected,
  }: BulkRequest & { monthlyAllowance: bigint | null },
  actor: Actor,
  at: Date = new Date(),
): Promise<Result<BatchReceipt>> {
  return write((tx) => {
    const chosen = [...new Set(ids)];
    assertManages(tx, actor, chosen);
    const request = { id: requestId, hash: requestHash(["allowance", monthlyAllowance, selection]) };
    const repeat = repeatOfBatch(tx, request);
    if (repeat) return repeat;
    if (chosen.length > BATCH_MAX) return tooMany();
    const changes = allowanceLines(chosen, auditedAllowance(monthlyAllowance)).filter(
      ({ before, after }) => before !== after,
    );
    if (changes.length === 0) {
      return refused("nothing_to_change", "Nothing to change: all have this allowance already.");
    }
    if (expected !== null && previewOfChanges(changes) !== expected) return stalePreview();
    return recordAsBatch(tx, { kind: "allowance", request }, actor, at, () =>
      setAllowancesIn(tx, changes, actor, at),
    );
  });
}

/** Sets allowances in the transaction of the caller, who has checked the role. @returns how many. */
export function setAllowancesIn(
  tx: Transaction,
  changes: readonly AllowanceChange[],
  actor: Actor,
  at: Date,
): number {
  const set = tx
    .update(organizations)
    .set({ monthlyAllowance: sql`${sql.placeholder("monthlyAllowance")}` })
    .where(eq(organizations.id, sql.placeholder("id")))
    .prepare();
  for (const { id, after } of changes) set.run({ id, monthlyAllowance: storedAllowance(after) });
  recordAudit(
    tx,
    actor,
    changes.map(({ id, code, before, after }) => ({
      action: "organization.updated",
      subject: { kind: "organization", id, label: code },
      before: { monthlyAllowance: before },
      after: { monthlyAllowance: after },
    })),
    at,
  );
  return changes.length;
}

function storedAllowance(text: string | null): bigint | null {
  if (text === null) return null;
  const credits = parseCredits(text);
  if (!credits.ok) throw new Error(`${text} is no allowance`);
  return credits.value;
}

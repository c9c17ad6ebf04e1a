import type { Transaction } from "#db/client.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import type { AuditChange } from "#lib/audit/rules.ts";
import { isAsPreviewed } from "#lib/batches/preview.ts";
import {
  type BatchReceipt,
  type BatchRequest,
  recordAsBatch,
  repeatOfBatch,
  stalePreview,
  tooMany,
} from "#lib/bulk/record.ts";
import { BATCH_MAX } from "#lib/bulk/rules/batches.ts";
import type { BulkRequest } from "#lib/bulk/rules/changes.ts";
import { plainCredits } from "#lib/credits.ts";
import { dayInEnterprise, PORTAL_SOURCE, requestHash } from "#lib/ledger/commands/requests.ts";
import { type Posting, writePosting } from "#lib/ledger/posting/posting.ts";
import { ACCOUNTS } from "#lib/ledger/rules.ts";
import { type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { movePools, moveSubjects } from "../queries/moves.ts";
import { type MoveKind, planMove, type Split, shortText } from "../rules/credits.ts";

/** Credits to move between organizations and their pools. */
export type CreditsMove = BulkRequest & { move: MoveKind; split: Split; amount: bigint; note: string | null };

/** The answer of a move: what moved in all. */
export type MoveReceipt = BatchReceipt & { total: bigint };

/**
 * Adds credits to organizations, or returns them, in one transaction and as one batch. Refuses, without moving anything,
 * what the pools or the organizations do not have, and a plan other than the previewed one (`stale_preview`).
 */
export async function moveCredits(
  move: CreditsMove,
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<MoveReceipt>> {
  return writePosting((posting, tx) => {
    assertRole(tx, actor, "admin");
    return moveCreditsIn(posting, tx, move, actor, now);
  });
}

function moveCreditsIn(
  posting: Posting,
  tx: Transaction,
  { move, split, amount, note, requestId, ids, selection, expected }: CreditsMove,
  actor: Actor,
  now: Date,
): Result<MoveReceipt> {
  const hash = requestHash(["batch", move, split, amount, note, selection]);
  const request = { id: requestId, hash };
  const repeat = repeatOfBatch(tx, request);
  if (repeat) return repeat.ok ? { ok: true, value: { ...repeat.value, total: 0n } } : repeat;
  const chosen = [...new Set(ids)];
  if (chosen.length > BATCH_MAX) return tooMany();
  const plan = planMove({ kind: move, split, amount }, moveSubjects(chosen, split, tx), movePools(tx));
  if (plan.changes === 0) return refused("nothing_to_change", "Nothing to change.", "amount");
  if (expected !== null && !isAsPreviewed(split, plan, expected)) return stalePreview();
  if (plan.isShort) return refused("insufficient_credits", shortText(move, plan), "amount");
  const result = recordAsBatch(tx, { kind: move, request, note }, actor, now, () =>
    postMoves(
      posting,
      tx,
      plan.lines.flatMap((line) => (line.amount > 0n ? [{ ...line, note }] : [])),
      { move, request, actor, now },
    ),
  );
  return result.ok ? { ok: true, value: { ...result.value, total: plan.total } } : result;
}

/** One movement: the organization before it, its amount and its note. */
export type Movement = {
  id: number;
  code: string;
  creditTypeId: number;
  balance: bigint;
  amount: bigint;
  note: string | null;
};

/** Posts the movements of one batch, with an audit entry each. @returns how many. */
export function postMoves(
  posting: Posting,
  tx: Transaction,
  movements: readonly Movement[],
  { move, request, actor, now }: { move: MoveKind; request: BatchRequest; actor: Actor; now: Date },
): number {
  const day = dayInEnterprise(tx, now);
  const audit: AuditChange[] = [];
  for (const { id, code, creditTypeId, balance, amount, note } of movements) {
    const { id: entry, balanceAfter } = posting.post({
      kind: move,
      ...ACCOUNTS[move],
      amount,
      creditTypeId,
      organizationId: id,
      memberId: null,
      occurredAt: now,
      day,
      recordedAt: now,
      externalId: request.id,
      source: PORTAL_SOURCE,
      requestHash: request.hash,
      note,
    });
    audit.push({
      action: move === "allocation" ? "credits.allocated" : "credits.returned",
      subject: { kind: "organization", id, label: code },
      before: { balance: plainCredits(balance) },
      after: { balance: plainCredits(balanceAfter), entry, ...(note && { note }) },
    });
  }
  recordAudit(tx, actor, audit, now);
  return movements.length;
}

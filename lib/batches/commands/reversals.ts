import type { Transaction } from "#db/client.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import type { AuditChange } from "#lib/audit/rules.ts";
import {
  type BatchReceipt,
  type BatchRequest,
  recordAsBatch,
  repeatOfBatch,
  stalePreview,
} from "#lib/bulk/record.ts";
import { type BatchKind, isOfOrganizationAdmins } from "#lib/bulk/rules/batches.ts";
import { formatCount, plainCredits } from "#lib/credits.ts";
import { PORTAL_SOURCE, requestHash } from "#lib/ledger/commands/requests.ts";
import { type Posting, writePosting } from "#lib/ledger/posting/posting.ts";
import { oppositeAccounts } from "#lib/ledger/rules.ts";
import { membershipLines } from "#lib/members/bulk-queries.ts";
import { changeMembershipsIn } from "#lib/members/commands/bulk.ts";
import { changeMembershipsActiveIn } from "#lib/members/commands/memberships.ts";
import { setAllowancesIn } from "#lib/organizations/commands/allowances.ts";
import { changeOrganizationsActiveIn } from "#lib/organizations/commands/status.ts";
import { replaceTags } from "#lib/organizations/commands/tags.ts";
import { type Refused, type Result, refused } from "#lib/result.ts";
import { assertManages, assertRole, scopeOfActor } from "#lib/scope/authorize.ts";
import { reads } from "#lib/scope/scope.ts";
import { previewOfReversal } from "../preview.ts";
import { reversalOf } from "../queries/batches.ts";
import { entryTimes, planReversal, type ReversalPlan } from "../queries/reversals.ts";
import type { CreditsReversal, ReversalLine } from "../rules/reversals.ts";

/** The answer of a reversal: how many rows were reversed, and how many were left as they are. */
export type ReversalReceipt = BatchReceipt & { kind: BatchKind; left: number; total: bigint };

const batchNotFound = (): Refused<never> => refused("batch_not_found", "This batch does not exist.");

/**
 * Reverses a batch, once, in one transaction: each entry of credits by a linked reversal, each value back to what it was
 * where nobody has changed it since. Needs the rights that the batch needed.
 *
 * @param expected what the preview was; null for a caller without one
 */
export async function reverseBatch(
  {
    batch: id,
    leavesShort = false,
    note,
    requestId,
    expected,
  }: {
    batch: number;
    leavesShort?: boolean;
    note: string | null;
    requestId: string;
    expected: string | null;
  },
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<ReversalReceipt>> {
  return writePosting((posting, tx) => {
    const plan = planReversal(id, leavesShort, tx);
    if (!plan) return batchNotFound();
    if (!plan.organizationIds.some((one) => reads(scopeOfActor(tx, actor), one))) return batchNotFound();
    const { kind } = plan.batch;
    authorize(tx, actor, plan);
    const left = plan.lines.filter(({ outcome }) => outcome === "left").length;
    const total = plan.credits?.total ?? 0n;
    const request = { id: requestId, hash: requestHash(["reversal", id, note]) };
    const repeat = repeatOfBatch(tx, request);
    if (repeat)
      return repeat.ok ? { ok: true, value: { ...repeat.value, kind, left: 0, total: 0n } } : repeat;
    if (reversalOf(tx, id) !== null) return refused("already_reversed", "This batch was reversed already.");
    if (left === plan.lines.length) return refused("nothing_to_change", "Nothing is left to reverse.");
    if (expected !== null && previewOfReversal(plan.lines) !== expected) return stalePreview();
    const short = shortRefusal(plan);
    if (short) return short;
    const result = recordAsBatch(tx, { kind: "reversal", request, note, reverses: id }, actor, now, () =>
      plan.credits
        ? reverseEntries(posting, tx, plan.credits, { request, note, actor, now })
        : reverseValues(tx, kind, plan.lines, actor, now),
    );
    return result.ok ? { ok: true, value: { ...result.value, kind, left, total } } : result;
  });
}

function authorize(tx: Transaction, actor: Actor, { batch: { kind }, organizationIds }: ReversalPlan): void {
  if (isOfOrganizationAdmins(kind)) assertManages(tx, actor, organizationIds);
  else assertRole(tx, actor, "admin");
}

function shortRefusal({ lines, credits }: ReversalPlan): Refused<never> | null {
  const pool = credits?.pools.find(({ isShort }) => isShort);
  if (pool) {
    return refused(
      "insufficient_credits",
      `${pool.name} has only ${plainCredits(pool.available)} available; ${plainCredits(-pool.change)} are needed.`,
    );
  }
  const short = lines.filter(({ outcome }) => outcome === "short");
  const [first] = short;
  if (!first) return null;
  const others = short.length === 1 ? "" : `, and so do ${formatCount(short.length - 1)} more`;
  return refused(
    "insufficient_credits",
    `${first.name} ${first.remark}${others}. Leave out what is short to reverse the rest.`,
  );
}

function reverseEntries(
  posting: Posting,
  tx: Transaction,
  { lines }: CreditsReversal,
  { request, note, actor, now }: { request: BatchRequest; note: string | null; actor: Actor; now: Date },
): number {
  const reversed = lines.filter(({ outcome }) => outcome === "reversed");
  const times = entryTimes(reversed.map(({ entry }) => entry.id));
  const audit: AuditChange[] = [];
  for (const { entry } of reversed) {
    const time = times.get(entry.id);
    if (!time) throw new Error(`no entry ${entry.id}`);
    const { id, balanceAfter } = posting.post({
      kind: "reversal",
      ...oppositeAccounts(entry),
      amount: entry.amount,
      creditTypeId: entry.creditTypeId,
      organizationId: entry.organizationId,
      memberId: null,
      reversesId: entry.id,
      ...time,
      recordedAt: now,
      externalId: request.id,
      source: PORTAL_SOURCE,
      requestHash: request.hash,
      note,
    });
    audit.push({
      action: "entry.reversed",
      subject: { kind: "organization", id: entry.organizationId, label: entry.code },
      before: { balance: plainCredits(entry.balance) },
      after: {
        balance: plainCredits(balanceAfter),
        entry: id,
        reverses: entry.id,
        ...(note && { note }),
      },
    });
  }
  recordAudit(tx, actor, audit, now);
  return reversed.length;
}

function reverseValues(
  tx: Transaction,
  kind: BatchKind,
  lines: readonly ReversalLine[],
  actor: Actor,
  now: Date,
): number | Refused {
  const reversed = lines.filter(({ outcome }) => outcome === "reversed");
  const ids = reversed.map(({ id }) => id);
  const becomesActive = reversed[0]?.after === "active";
  switch (kind) {
    case "allowance":
      return setAllowancesIn(tx, reversed, actor, now);
    case "status":
      return changeOrganizationsActiveIn(tx, ids, becomesActive, actor, now);
    case "tags":
      return replaceTags(
        tx,
        reversed.map((line) => ({ ...line, tags: tagList(line.before), next: tagList(line.after) })),
        actor,
        now,
      );
    case "member_status":
      return changeMembershipsActiveIn(tx, ids, becomesActive, actor, now);
    case "member_allowance":
    case "member_role": {
      const values = new Map(reversed.map((line) => [line.id, line]));
      const changes = membershipLines(ids).map((line) => ({
        ...line,
        before: values.get(line.id)?.before ?? null,
        after: values.get(line.id)?.after ?? null,
      }));
      return changeMembershipsIn(tx, kind === "member_role" ? "role" : "allowance", changes, actor, now);
    }
    default:
      throw new Error(`a batch of the kind ${kind} has entries`);
  }
}

const tagList = (text: string | null): string[] => (text === null ? [] : text.split(" "));

import { z } from "zod";
import { formatCredits } from "#lib/credits.ts";
import { rowId } from "#lib/fields.ts";
import { type Account, effectsOf, note, oppositeAccounts, requestId } from "#lib/ledger/rules.ts";
import type { MovePool, PoolLine } from "./credits.ts";

/** What happens to a row of a batch that is reversed. `short`: there are fewer credits than go back. */
export type ReversalOutcome = "reversed" | "left" | "short";

/** A row of a batch with its value now and after the reversal, as the audit trail writes it; null is none. */
export type ReversalLine = {
  /** The organization or the membership. */
  id: number;
  name: string;
  code: string;
  before: string | null;
  after: string | null;
  outcome: ReversalOutcome;
  /** Why it is left, or what is short; "" for a row that is reversed. */
  remark: string;
};

/** A value that a batch set, with what it was before the batch and what it is now; `null` where the row is gone. */
export type SetValue = {
  id: number;
  name: string;
  code: string;
  was: string | null;
  set: string | null;
  now: { value: string | null } | null;
};

/** A value goes back to what it was, unless somebody has changed it since. */
export function reversalOfValue({ was, set, now, ...row }: SetValue): ReversalLine {
  if (now === null) return { ...row, before: null, after: null, outcome: "left", remark: "no longer exists" };
  const left = (remark: string): ReversalLine => ({
    ...row,
    before: now.value,
    after: now.value,
    outcome: "left",
    remark,
  });
  if (now.value === was) return left("is as it was already");
  if (now.value !== set) return left("was changed since");
  return { ...row, before: now.value, after: was, outcome: "reversed", remark: "" };
}

/** An entry of a batch of credits, with its organization now. */
export type BatchEntry = {
  id: number;
  organizationId: number;
  name: string;
  code: string;
  creditTypeId: number;
  debitAccount: Account;
  creditAccount: Account;
  amount: bigint;
  balance: bigint;
  isReversed: boolean;
};

export type CreditsReversal = {
  lines: (ReversalLine & { entry: BatchEntry })[];
  pools: PoolLine[];
  /** What moves back in all. */
  total: bigint;
};

/**
 * What reversing entries would do. An entry that was reversed by itself is left.
 *
 * @param leavesShort whether organizations that have less than goes back are left, too
 */
export function reversalOfEntries(
  entries: readonly BatchEntry[],
  pools: readonly MovePool[],
  leavesShort: boolean,
): CreditsReversal {
  const changes = new Map<number, bigint>();
  let total = 0n;
  const lines = entries.map((entry) => {
    const { organizationId, name, code, balance, amount, isReversed } = entry;
    const effects = effectsOf(oppositeAccounts(entry), amount);
    const after = balance + effects.balance;
    const isShort = after < 0n;
    const outcome: ReversalOutcome =
      isReversed || (isShort && leavesShort) ? "left" : isShort ? "short" : "reversed";
    changes.set(entry.creditTypeId, changes.get(entry.creditTypeId) ?? 0n);
    if (outcome === "reversed") {
      total += amount;
      changes.set(entry.creditTypeId, (changes.get(entry.creditTypeId) ?? 0n) + effects.available);
    }
    const remark = isReversed
      ? "was reversed already"
      : isShort
        ? `has only ${formatCredits(balance)} of ${formatCredits(amount)}`
        : "";
    return {
      entry,
      id: organizationId,
      name,
      code,
      before: formatCredits(balance),
      after: outcome === "reversed" ? formatCredits(after) : formatCredits(balance),
      outcome,
      remark,
    };
  });
  return {
    lines,
    total,
    pools: pools.flatMap((pool) => {
      const change = changes.get(pool.id);
      if (change === undefined) return [];
      const after = pool.available + change;
      return [{ ...pool, change, after, isShort: after < 0n }];
    }),
  };
}

/** Reverses a batch as its preview showed it. */
export const reverseBatchInput = z.object({
  batch: rowId("Unknown batch."),
  /** Leaves organizations that have less than goes back, instead of refusing. */
  leave: z.literal("short").optional(),
  note,
  expected: z.string().max(100),
  requestId,
});

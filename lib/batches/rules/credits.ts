import { z } from "zod";
import { selectionFields } from "#lib/bulk/rules/changes.ts";
import { creditsText, formatCount, formatCredits, parseTypedCredits } from "#lib/credits.ts";
import { asTransform, type ReadResult } from "#lib/fields.ts";
import { note } from "#lib/ledger/rules.ts";

// Credits that move between several organizations and their pools at once.

export const MOVE_KINDS = ["allocation", "return"] as const;
export type MoveKind = (typeof MOVE_KINDS)[number];

/**
 * How an amount becomes one for each organization: the same for each, once for each active member, or what brings the
 * balance up (or, of a return, down) to it.
 */
export const SPLITS = ["each", "member", "target"] as const;
export type Split = (typeof SPLITS)[number];

/** An organization before a move; credits in micro-credits. */
export type MoveSubject = {
  id: number;
  name: string;
  code: string;
  isActive: boolean;
  balance: bigint;
  activeMembers: number;
  creditTypeId: number;
};

/** A pool before a move. */
export type MovePool = { id: number; name: string; available: bigint };

/** What a move does to an organization. `amount` is 0 for one that stays as it is. */
export type MoveLine = MoveSubject & { amount: bigint; after: bigint; isShort: boolean };

/** What a move does to a pool: credits leave it where `change` is negative. */
export type PoolLine = MovePool & { change: bigint; after: bigint; isShort: boolean };

export type MovePlan = {
  lines: MoveLine[];
  /** Those that the lines draw from. */
  pools: PoolLine[];
  /** How many organizations change. */
  changes: number;
  /** All that moves, of all credit types together. */
  total: bigint;
  /** How many organizations have less than they would return. */
  shortLines: number;
  /** Whether a pool or an organization has less than it would give. Nothing can move then. */
  isShort: boolean;
};

/** What an organization gets or returns. It is exact: nothing is divided. */
export function lineAmount(
  kind: MoveKind,
  split: Split,
  amount: bigint,
  { balance, activeMembers }: Pick<MoveSubject, "balance" | "activeMembers">,
): bigint {
  if (split === "each") return amount;
  if (split === "member") return amount * BigInt(activeMembers);
  const difference = kind === "allocation" ? amount - balance : balance - amount;
  return difference > 0n ? difference : 0n;
}

/** What a move would do to each organization and each pool. */
export function planMove(
  { kind, split, amount }: { kind: MoveKind; split: Split; amount: bigint },
  subjects: readonly MoveSubject[],
  pools: readonly MovePool[],
): MovePlan {
  const drawn = new Map<number, bigint>();
  const lines = subjects.map((subject): MoveLine => {
    const moved = lineAmount(kind, split, amount, subject);
    drawn.set(subject.creditTypeId, (drawn.get(subject.creditTypeId) ?? 0n) + moved);
    const after = kind === "allocation" ? subject.balance + moved : subject.balance - moved;
    return { ...subject, amount: moved, after, isShort: after < 0n };
  });
  const poolLines = pools
    .filter(({ id }) => drawn.has(id))
    .map((pool): PoolLine => {
      const moved = drawn.get(pool.id) ?? 0n;
      const change = kind === "allocation" ? -moved : moved;
      const after = pool.available + change;
      return { ...pool, change, after, isShort: after < 0n };
    });
  const shortLines = lines.filter(({ isShort }) => isShort).length;
  return {
    lines,
    pools: poolLines,
    changes: lines.filter((line) => line.amount > 0n).length,
    total: lines.reduce((sum, line) => sum + line.amount, 0n),
    shortLines,
    isShort: shortLines > 0 || poolLines.some(({ isShort }) => isShort),
  };
}

/** An amount as a person types it; 0 only as a target. */
export const moveAmount = (split: Split) =>
  z.string().transform(
    asTransform((text: string): ReadResult<bigint> => {
      if (text.trim() === "") return { ok: false, message: "Enter an amount." };
      const parsed = parseTypedCredits(text);
      if (parsed.ok && parsed.value === 0n && split !== "target") {
        return { ok: false, message: "Must be more than 0." };
      }
      return parsed;
    }),
  );

/** The form that moves credits of several organizations, as its preview sends it. */
export const moveCreditsInput = z
  .object({
    move: z.enum(MOVE_KINDS, "Choose to add or to return."),
    split: z.enum(SPLITS, "Choose how the amount is meant."),
    amount: z.string(),
    note,
    ...selectionFields("organizations"),
  })
  .transform((input, context) => {
    const amount = moveAmount(input.split).safeParse(input.amount);
    if (amount.success) return { ...input, amount: amount.data };
    context.addIssue({ code: "custom", message: amount.error.issues[0]?.message ?? "", path: ["amount"] });
    return z.NEVER;
  });
export type MoveCreditsInput = z.output<typeof moveCreditsInput>;

const organizations = (count: number) =>
  `${formatCount(count)} ${count === 1 ? "organization" : "organizations"}`;

/** Why a line is short or stays as it is; "" for one that moves. */
export function remarkOf(
  move: MoveKind,
  split: Split,
  { amount, balance, isShort, isActive }: MoveLine,
): string {
  if (isShort) return `has only ${formatCredits(balance)}`;
  if (amount === 0n && split === "member") return "no active members";
  if (amount === 0n) return move === "allocation" ? "has as much already" : "has no more than that";
  return isActive ? "" : "is inactive";
}

/** The order of a preview: first what is short, then what changes, then what stays. */
export function inOrderOfInterest(lines: readonly MoveLine[]): MoveLine[] {
  const rank = ({ isShort, amount }: MoveLine) => (isShort ? 0 : amount > 0n ? 1 : 2);
  return [...lines].sort((a, b) => rank(a) - rank(b));
}

/** "2,500 credits were added to 5 organizations." */
export function movedInBatchText(
  move: MoveKind,
  { changed, total }: { changed: number; total: bigint },
): string {
  const verb = total === 1_000_000n ? "was" : "were";
  return `${creditsText(total)} ${verb} ${move === "allocation" ? "added to" : "returned from"} ${organizations(changed)}.`;
}

/** What a plan lacks, in a sentence. */
export function shortText(move: MoveKind, { pools, lines }: Pick<MovePlan, "pools" | "lines">): string {
  const pool = pools.find(({ isShort }) => isShort);
  if (move === "allocation" && pool) {
    return `${pool.name} has only ${formatCredits(pool.available)} available; ${formatCredits(-pool.change)} are needed.`;
  }
  const [line, ...others] = lines.filter(({ isShort }) => isShort);
  const count = others.length;
  const more =
    count === 0 ? "" : `, and ${formatCount(count)} more ${count === 1 ? "has" : "have"} too little`;
  return `${line?.name ?? "An organization"} has only ${formatCredits(line?.balance ?? 0n)}${more}.`;
}

import { createHash } from "node:crypto";
import type { MoveLine, MovePlan, Split } from "./rules/credits.ts";
import type { ReversalLine } from "./rules/reversals.ts";

/** What a move up or down to a balance moves may change by one part in this number between the preview and the move. */
const TARGET_TOLERANCE = 100n;

/**
 * What the preview of a plan showed: a hash of the organizations that change, each with its amount, and the total.
 * {@link isAsPreviewed} compares it.
 */
export function previewOf(
  split: Split,
  { lines, total }: { lines: readonly Pick<MoveLine, "id" | "amount" | "after">[]; total: bigint },
): string {
  const hash = createHash("sha256").update(split);
  for (const { id, amount, after } of lines) {
    if (amount > 0n) hash.update(`\n${id} ${split === "target" ? after : amount}`);
  }
  return `${hash.digest("base64url")}.${total}`;
}

/**
 * Whether a plan does what its preview showed. Up to a target, the balances after are what was previewed, because the
 * members go on spending; the total may then differ by one percent.
 */
export function isAsPreviewed(
  split: Split,
  plan: Pick<MovePlan, "lines" | "total">,
  preview: string,
): boolean {
  const now = previewOf(split, plan);
  if (split !== "target" || now === preview) return now === preview;
  const [hash, total = ""] = preview.split(".");
  if (hash !== now.split(".")[0] || !/^\d{1,25}$/.test(total)) return false;
  const before = BigInt(total);
  const difference = plan.total > before ? plan.total - before : before - plan.total;
  return difference * TARGET_TOLERANCE <= before;
}

/** What the preview of a reversal showed: a hash of what happens to each row. */
export function previewOfReversal(lines: readonly Pick<ReversalLine, "id" | "outcome">[]): string {
  const hash = createHash("sha256");
  for (const { id, outcome } of lines) hash.update(`${id} ${outcome}\n`);
  return hash.digest("base64url");
}

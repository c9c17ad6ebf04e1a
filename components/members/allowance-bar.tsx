import { TriangleAlert } from "lucide-react";
import { formatCredits } from "#lib/credits.ts";

/** What was spent this month against the allowance, in words and as a bar; null is no limit. */
export function AllowanceBar({ spent, allowance }: { spent: bigint; allowance: bigint | null }) {
  if (allowance === null) {
    return (
      <p className="figures">
        {formatCredits(spent)} <span className="text-muted">of no limit</span>
      </p>
    );
  }
  const over = spent > allowance;
  const full = spent === allowance;
  // For drawing only; a correction can bring what was spent below zero.
  const share = allowance === 0n || over ? 100 : Number((max0(spent) * 10_000n) / allowance) / 100;
  return (
    <div className="grid gap-1">
      <p className="figures wrap-anywhere">
        {formatCredits(spent)} <span className="text-muted">of {formatCredits(allowance)}</span>
      </p>
      <svg aria-hidden width="100%" height="6" className="block">
        <rect width="100%" height="6" rx="3" className="fill-raised" />
        {(spent > 0n || over) && (
          <rect
            width={`${Math.max(share, 1)}%`}
            height="6"
            rx="3"
            className={over ? "fill-danger" : "fill-accent"}
          />
        )}
      </svg>
      {over && (
        <p className="flex items-center gap-1 text-xs font-medium text-danger">
          <TriangleAlert aria-hidden className="size-3 shrink-0" />
          <span className="figures">{formatCredits(spent - allowance)} over the allowance</span>
        </p>
      )}
      {full && (
        <p className="text-xs text-muted">
          {allowance === 0n ? "Spending is blocked" : "The allowance is used up"}
        </p>
      )}
    </div>
  );
}

const max0 = (amount: bigint) => (amount < 0n ? 0n : amount);

import { formatCredits } from "#lib/credits.ts";
import { shareText } from "#lib/transactions/rules.ts";

/** What is available of what was purchased, in words and as a bar. */
export function PoolBar({
  available,
  purchased,
  money,
}: {
  available: bigint;
  purchased: bigint;
  /** What is available is worth this. */
  money: string;
}) {
  // For drawing only.
  const share = purchased === 0n ? 0 : Number((available * 10_000n) / purchased) / 100;
  return (
    <div className="grid gap-2">
      <p className="figures wrap-anywhere">
        <span className="text-2xl font-semibold tracking-tight">{formatCredits(available)}</span>{" "}
        <span className="text-muted">
          {purchased === 0n
            ? "available. Nothing was purchased yet."
            : `available of ${formatCredits(purchased)} purchased (${shareText(available, purchased)})`}
        </span>
      </p>
      <p className="figures text-[0.8125rem] wrap-anywhere text-muted">= {money}</p>
      <svg aria-hidden width="100%" height="8" className="block">
        <rect width="100%" height="8" rx="4" className="fill-raised" />
        {available > 0n && (
          <rect width={`${Math.max(share, 1)}%`} height="8" rx="4" className="fill-accent" />
        )}
      </svg>
    </div>
  );
}

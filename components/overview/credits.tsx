import { formatCredits, formatWholeCredits } from "#lib/credits.ts";

/** Whole credits, unless an amount above 0 would be shown as 0; the exact amount is in the tooltip. */
export function Credits({ micro }: { micro: bigint }) {
  const exact = formatCredits(micro);
  const isSmall = micro < 10_000_000n && micro > -10_000_000n;
  return <span title={`${exact} credits`}>{isSmall ? exact : formatWholeCredits(micro)}</span>;
}

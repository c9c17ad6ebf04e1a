import { creditsText, formatCredits, parseTypedCredits } from "./credits.ts";
import { type Currency, moneyText } from "./money.ts";

/** How credits move: into a pool, from it to an organization, or back. */
export type MoveKind = "purchase" | "allocation" | "return";

/** What a movement starts from; credits and rate in millionths. */
export type MoveFigures = {
  rate: bigint;
  currency: Currency;
  /** What the pool has available. */
  pool: bigint;
  /** The organization's; null for a purchase. */
  balance: bigint | null;
};

/** What a movement would do. `isShort`: there is less than that, so that it would be refused. */
export type MovePreview = { text: string; isShort: boolean };

/**
 * What the amount that was typed so far would do: "= S$10,000.00 · pool after: 39,900 · balance after: 271,847.8".
 *
 * @returns null while that is no amount above 0
 */
export function movePreview(
  kind: MoveKind,
  typed: string,
  { rate, currency, pool, balance }: MoveFigures,
): MovePreview | null {
  const amount = parseTypedCredits(typed);
  if (!amount.ok || amount.value === 0n) return null;
  const money = `= ${moneyText(amount.value, rate, currency)}`;
  const source = kind === "allocation" ? pool : kind === "return" ? balance : null;
  if (source !== null && amount.value > source) {
    const where = kind === "allocation" ? "in the pool" : "in the balance";
    return {
      text: `${money} · more than there is: only ${creditsText(source)} ${source === 1_000_000n ? "is" : "are"} ${where}`,
      isShort: true,
    };
  }
  const poolAfter = kind === "allocation" ? pool - amount.value : pool + amount.value;
  const parts = [money, `pool after: ${formatCredits(poolAfter)}`];
  if (balance !== null) {
    const after = kind === "allocation" ? balance + amount.value : balance - amount.value;
    parts.push(`balance after: ${formatCredits(after)}`);
  }
  return { text: parts.join(" · "), isShort: false };
}

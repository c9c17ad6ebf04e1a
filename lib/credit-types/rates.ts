import type { DatedRate } from "#lib/worth.ts";

export type { DatedRate };

/**
 * The rate in force at an instant. Before the first rate, that one.
 *
 * @param rates of one credit type, oldest first
 * @throws without any rate, because a credit type has one from its creation
 */
export function rateAt(rates: readonly DatedRate[], at: number): bigint {
  const dated = rates.findLast(({ from }) => from <= at) ?? rates[0];
  if (!dated) throw new Error("a credit type without an exchange rate");
  return dated.rate;
}

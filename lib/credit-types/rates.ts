import type { DatedRate } from "#lib/worth.ts";

export type { DatedRate };

/**
 * The rates of one credit type, oldest first. Each edit ends the rates before it, so those that begin at or after its
 * instant are left out: they were edited while the server's clock was ahead.
 *
 * @param edits in the order in which they were recorded
 */
export function ratesOfEdits(edits: readonly DatedRate[]): DatedRate[] {
  const rates: DatedRate[] = [];
  for (const edit of edits) {
    while ((rates.at(-1)?.from ?? Number.NEGATIVE_INFINITY) >= edit.from) rates.pop();
    rates.push(edit);
  }
  return rates;
}

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

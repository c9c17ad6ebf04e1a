import type { CreditTypeTotals } from "#lib/organizations/queries/totals.ts";
import { EVER, type MoneyByType, NOW, worthOf } from "#lib/worth.ts";
import type { TotalsWorth } from "./organization-metrics.tsx";

/** What the metrics of the organizations are worth in money, as text, because the browser needs no rates. */
export function totalsWorth(byCreditType: readonly CreditTypeTotals[], money: MoneyByType): TotalsWorth {
  const worth = (creditTypeId: number, micro: bigint, since: number) =>
    worthOf(money, [{ creditTypeId, micro }], since);
  return new Map(
    byCreditType.map(({ id, balance, spent }) => [
      id,
      { balance: worth(id, balance, NOW), spent: worth(id, spent, EVER) },
    ]),
  );
}

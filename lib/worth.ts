import { type Currency, formatMoney, minorUnitsOf } from "./money.ts";

/** An exchange rate in millionths, and the instant in milliseconds since 1970 from which it is in force. */
export type DatedRate = { from: number; rate: bigint };

/** The currency of each credit type and its rates, oldest first, by the type's row id. */
export type MoneyByType = ReadonlyMap<number, { currency: Currency; rates: readonly DatedRate[] }>;

/** Credits of one type, in micro-credits. */
export type TypedAmount = { creditTypeId: number; micro: bigint };

/** For credits that are there now, such as balances: only the rate in force counts. */
export const NOW = Number.POSITIVE_INFINITY;
/** For credits that moved at any time. */
export const EVER = Number.NEGATIVE_INFINITY;

/** How many currencies a sum names at most. The others are counted. */
const CURRENCIES_SHOWN = 4;

/**
 * What credits of one or several types are worth: "S$10.00 + €5.00". Each type is rounded once. Null where that is nothing,
 * or where the rate of a type has changed `since` then, because each rate is that of a part.
 *
 * @param since when the credits began to move, in milliseconds since 1970; or {@link NOW} or {@link EVER}
 */
export function worthOf(money: MoneyByType, amounts: readonly TypedAmount[], since: number): string | null {
  const sums = new Map<string, { currency: Currency; minor: bigint }>();
  for (const { creditTypeId, micro } of amounts) {
    if (micro === 0n) continue;
    const ofType = money.get(creditTypeId);
    const rate = ofType && rateSince(ofType.rates, since);
    if (!rate) return null;
    const { currency } = ofType;
    const minor = minorUnitsOf(micro, rate, currency);
    if (minor === 0n) continue;
    sums.set(currency.code, { currency, minor: (sums.get(currency.code)?.minor ?? 0n) + minor });
  }
  if (sums.size === 0) return null;
  const all = [...sums.values()].map(({ currency, minor }) => formatMoney(minor, currency));
  if (all.length <= CURRENCIES_SHOWN) return all.join(" + ");
  const named = all.slice(0, CURRENCIES_SHOWN - 1);
  return [...named, `${all.length - named.length} other currencies`].join(" + ");
}

/**
 * The rate that has been in force since an instant; null where it has changed. Before the first rate, that one counts.
 *
 * @param rates of one credit type, oldest first
 * @param since milliseconds since 1970, {@link NOW} or {@link EVER}
 */
export function rateSince(rates: readonly DatedRate[], since: number): bigint | null {
  const last = rates.at(-1);
  return last && (rates.length === 1 || last.from <= since) ? last.rate : null;
}

import { MICRO_PER_CREDIT } from "./credits.ts";

/** A currency with its decimal places: ISO 4217's minor unit. */
export type Currency = { code: string; decimals: number };

/** English has no symbol of its own for this dollar, and would write the code. */
const SYMBOLS: Record<string, string> = { SGD: "S$" };

// Creating a formatter costs a hundred times as much as using it.
const formatters = new Map<string, Intl.NumberFormat>();

function formatterOf({ code, decimals }: Currency): Intl.NumberFormat {
  const key = `${code} ${decimals}`;
  const formatter =
    formatters.get(key) ??
    new Intl.NumberFormat("en", {
      style: "currency",
      currency: code,
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
  formatters.set(key, formatter);
  return formatter;
}

/** "S$10,000.00": an amount in minor units, e.g. 1000000n cents. */
export function formatMoney(minor: bigint, { code, decimals }: Currency): string {
  const size = minor < 0n ? -minor : minor;
  const unit = 10n ** BigInt(decimals);
  const text = `${size / unit}.${(size % unit).toString().padStart(decimals, "0")}` as const;
  // From text, because a binary float is not exact; ECMA-402 reads a decimal string exactly.
  const parts = formatterOf({ code, decimals }).formatToParts(text as Intl.StringNumericLiteral);
  const symbol = SYMBOLS[code];
  const money = parts
    // A code has a space after it, a symbol has none.
    .filter(({ type }) => symbol === undefined || type !== "literal")
    .map(({ type, value }) => (type === "currency" && symbol !== undefined ? symbol : value))
    .join("");
  return minor < 0n ? `−${money}` : money;
}

/**
 * What credits are worth in minor units of a currency, half rounded away from zero, once.
 *
 * @param micro credits, in millionths
 * @param exchangeRate credits per currency unit, in millionths
 */
export function minorUnitsOf(micro: bigint, exchangeRate: bigint, { decimals }: Currency): bigint {
  const size = micro < 0n ? -micro : micro;
  const minor = (2n * size * 10n ** BigInt(decimals) + exchangeRate) / (2n * exchangeRate);
  return micro < 0n ? -minor : minor;
}

/** What credits are worth: "S$10,000.00". */
export function moneyText(micro: bigint, exchangeRate: bigint, currency: Currency): string {
  return formatMoney(minorUnitsOf(micro, exchangeRate, currency), currency);
}

/** An amount paid, which is stored in millionths of a currency unit: "S$10,000.00". */
export function paidText(paid: bigint, currency: Currency): string {
  return moneyText(paid, MICRO_PER_CREDIT, currency);
}

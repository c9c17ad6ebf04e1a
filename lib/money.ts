import { groupDigits, MICRO_PER_CREDIT } from "./credits.ts";

/** A currency with its decimal places: ISO 4217's minor unit. */
export type Currency = { code: string; decimals: number };

/** English has no symbol of its own for this dollar, and would write the code. */
const SYMBOLS: Record<string, string> = { SGD: "S$" };

// Asking the platform for it costs a hundred times as much as the rest of an amount.
const prefixes = new Map<string, string>();

/** What is before the digits in English: "S$", "€", or a code with a space after it. */
function prefixOf({ code }: Currency): string {
  const stored = prefixes.get(code);
  if (stored !== undefined) return stored;
  const parts = new Intl.NumberFormat("en", { style: "currency", currency: code }).formatToParts(0);
  const end = parts.findIndex(({ type }) => type === "integer");
  const before = parts.slice(0, end).map(({ value }) => value);
  const prefix = SYMBOLS[code] ?? before.join("");
  prefixes.set(code, prefix);
  return prefix;
}

/** "S$10,000.00": an amount in minor units, e.g. 1000000n cents. */
export function formatMoney(minor: bigint, currency: Currency): string {
  const size = minor < 0n ? -minor : minor;
  const unit = 10n ** BigInt(currency.decimals);
  const fraction =
    currency.decimals === 0 ? "" : `.${(size % unit).toString().padStart(currency.decimals, "0")}`;
  return `${minor < 0n ? "−" : ""}${prefixOf(currency)}${groupDigits((size / unit).toString())}${fraction}`;
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

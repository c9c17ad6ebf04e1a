import currencyCodes from "currency-codes";
import { z } from "zod";
import { formatCredits, MICRO_PER_CREDIT, plainCredits } from "#lib/credits.ts";
import { nameField, positiveDecimal, rowId } from "#lib/fields.ts";
import type { Currency } from "#lib/money.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";

export const CREDIT_TYPE_NAME_MAX_CHARACTERS = 100;

/** ISO 4217 codes for what is no money: testing, no currency, bond units, gold. */
const NOT_MONEY = /^X(?!AF|CD|OF|PF)/;

/** The currencies to choose from, by code (ISO 4217). */
export const CURRENCIES: readonly { code: string; name: string }[] = currencyCodes.data
  .filter(({ code }) => !NOT_MONEY.test(code))
  .map(({ code, currency }) => ({ code, name: currency }))
  .sort((a, b) => (a.code < b.code ? -1 : 1));

const DECIMALS = new Map(currencyCodes.data.map(({ code, digits }) => [code, digits]));

/** The currency of an ISO 4217 code, with two decimal places where the code is unknown. */
export function currencyOf(code: string): Currency {
  return { code, decimals: DECIMALS.get(code) ?? 2 };
}

const CODES = new Set(CURRENCIES.map(({ code }) => code));

const name = nameField(CREDIT_TYPE_NAME_MAX_CHARACTERS);

const currency = z
  .string()
  .transform((text) => text.trim().toUpperCase())
  .refine((code) => CODES.has(code), "Choose a currency code.");

const exchangeRate = positiveDecimal;

const id = rowId("Unknown credit type.");

export const createCreditTypeInput = z.object({ name, currency, exchangeRate });
export type CreateCreditTypeInput = z.output<typeof createCreditTypeInput>;

/** The currency is left out once the type is used. */
export const updateCreditTypeInput = z.object({ id, name, currency: currency.optional(), exchangeRate });
export type UpdateCreditTypeInput = z.output<typeof updateCreditTypeInput>;

/** A credit type as its form shows it. */
export function creditTypeFormValues(type: { name: string; currency: string; exchangeRate: bigint }) {
  const { name, currency, exchangeRate } = type;
  return { name, currency, exchangeRate: plainCredits(exchangeRate) } satisfies OriginalValues;
}

export const creditTypeIdInput = z.object({ id });

/** "1,000 credits per SGD". */
export function exchangeRateText(rate: bigint, currencyCode: string): string {
  return `${formatCredits(rate)} ${rate === MICRO_PER_CREDIT ? "credit" : "credits"} per ${currencyCode}`;
}

import currencyCodes from "currency-codes";
import { z } from "zod";
import { MICRO_PER_CREDIT, parseCredits, plainCredits } from "#lib/credits.ts";
import { characters, findInvisible, tidyName } from "#lib/text.ts";

export const CREDIT_TYPE_NAME_MAX_CHARACTERS = 100;

/** ISO 4217 codes that stand for no money: testing, no currency, bond units, gold. */
const NOT_MONEY = /^X(?!AF|CD|OF|PF)/;

/** The currencies to choose from, by code (ISO 4217). */
export const CURRENCIES: readonly { code: string; name: string }[] = currencyCodes.data
  .filter(({ code }) => !NOT_MONEY.test(code))
  .map(({ code, currency }) => ({ code, name: currency }))
  .sort((a, b) => (a.code < b.code ? -1 : 1));

const CODES = new Set(CURRENCIES.map(({ code }) => code));

const name = z.string().transform((text, context) => {
  const tidy = tidyName(text);
  const fault = (message: string) => {
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  };
  const invisible = findInvisible(tidy);
  if (tidy === "") return fault("Enter a name.");
  if (invisible) return fault(`The name holds an invisible character (${invisible}). Remove it.`);
  if (characters(tidy) > CREDIT_TYPE_NAME_MAX_CHARACTERS) {
    return fault(`At most ${CREDIT_TYPE_NAME_MAX_CHARACTERS} characters; this has ${characters(tidy)}.`);
  }
  return tidy;
});

const currency = z
  .string()
  .transform((text) => text.trim().toUpperCase())
  .refine((code) => CODES.has(code), "Choose a currency code.");

const exchangeRate = z.string().transform((text, context) => {
  const parsed = parseCredits(text.trim());
  const message = parsed.ok ? (parsed.value === 0n ? "Must be more than 0." : null) : parsed.message;
  if (parsed.ok && message === null) return parsed.value;
  context.addIssue({ code: "custom", message: message ?? "" });
  return z.NEVER;
});

const id = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, "Unknown credit type.")
  .transform(Number);

export const createCreditTypeInput = z.object({ name, currency, exchangeRate });
export type CreateCreditTypeInput = z.output<typeof createCreditTypeInput>;

/** The currency is left out once the type is used. */
export const updateCreditTypeInput = z.object({ id, name, currency: currency.optional(), exchangeRate });
export type UpdateCreditTypeInput = z.output<typeof updateCreditTypeInput>;

export const creditTypeIdInput = z.object({ id });

/** "100 credits per SGD". */
export function exchangeRateText(rate: bigint, currencyCode: string): string {
  return `${plainCredits(rate)} ${rate === MICRO_PER_CREDIT ? "credit" : "credits"} per ${currencyCode}`;
}

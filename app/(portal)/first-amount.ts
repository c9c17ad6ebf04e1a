import type { RawSearchParams } from "#lib/search-params.ts";
import { oneOf } from "./status-question.ts";

/** Longer than any amount that a form accepts. */
const AMOUNT_MAX_CHARACTERS = 40;

/** `?amount=500`: what the field of a form has at first. The form checks it when it is sent. */
export function firstAmount(raw: RawSearchParams): string {
  return oneOf(raw, "amount").slice(0, AMOUNT_MAX_CHARACTERS);
}

/** The query string that {@link firstAmount} reads, so that sign-in leads back to the filled form. */
export function amountQuery(amount: string): string {
  return amount === "" ? "" : `?${new URLSearchParams({ amount })}`;
}

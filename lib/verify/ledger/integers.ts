/**
 * An integer of 64 bits: a number where a number holds it exactly, else a bigint. Most are small, and a bigint takes several
 * times as long to make and to add. Each value has one form, so that `===` compares values.
 */
export type Integer = number | bigint;

export const isInteger = (value: unknown): value is Integer =>
  Number.isSafeInteger(value) || typeof value === "bigint";

export function integer(value: Integer): Integer {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value);
}

export function plus(a: Integer, b: Integer): Integer {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return integer(BigInt(a) + BigInt(b));
}

export const negative = (value: Integer): Integer => (value === 0 ? 0 : -value);

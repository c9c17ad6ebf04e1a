import { isLosslessNumber, type LosslessNumber, parse } from "lossless-json";

/** A number as JSON text writes it, digit for digit: `value` is that text. */
export { isLosslessNumber as isJsonNumber, LosslessNumber as JsonNumber } from "lossless-json";

export type ParsedJson = { ok: true; value: unknown } | { ok: false; message: string };

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads JSON (RFC 8259) in UTF-8. Numbers keep their text. A name that an object has twice with different values is
 * refused, because nobody can tell which of the two the sender means.
 */
export function parseJson(bytes: Uint8Array): ParsedJson {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    return { ok: false, message: "The body is not UTF-8." };
  }
  if (!/\S/.test(text)) return { ok: false, message: "The body is empty." };
  try {
    return { ok: true, value: parse(text) };
  } catch (error) {
    // The parser calls itself once for each level, until the stack is full.
    if (error instanceof RangeError) return { ok: false, message: "The body is nested too deeply." };
    if (!(error instanceof SyntaxError)) throw error;
    return { ok: false, message: `The body is not JSON: ${error.message.slice(0, 200).toWellFormed()}.` };
  }
}

/** Why {@link canonicalJson} cannot write a value so that it reads back the same, or null. */
export function canonicalFault(value: unknown, maxDepth: number): string | null {
  if (typeof value !== "object" || value === null || isLosslessNumber(value)) return null;
  if (maxDepth === 0) return "Is nested too deeply.";
  if (Object.hasOwn(value, "__proto__")) return "Must not have a field named __proto__.";
  for (const inner of Object.values(value)) {
    const fault = canonicalFault(inner, maxDepth - 1);
    if (fault) return fault;
  }
  return null;
}

/** JSON text of what {@link parseJson} read, names in a fixed order: equal values are equal text. */
export function canonicalJson(value: unknown): string {
  if (isLosslessNumber(value)) return (value as LosslessNumber).value;
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`);
  return `{${fields.join(",")}}`;
}

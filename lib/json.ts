import { isLosslessNumber, type LosslessNumber, parse } from "lossless-json";

/** A number as JSON text writes it, digit for digit: `value` is that text. */
export { isLosslessNumber as isJsonNumber, LosslessNumber as JsonNumber } from "lossless-json";

/** Whether this is an object of JSON: not an array, and not a number, which the parser gives as an object too. */
export function isJsonObject(json: unknown): json is Record<string, unknown> {
  return typeof json === "object" && json !== null && !Array.isArray(json) && !isLosslessNumber(json);
}

export type ParsedJson = { ok: true; value: unknown } | { ok: false; message: string };

/** How many fields and elements all objects and arrays of a text may have together. */
const MAX_MEMBERS = 250_000;
/** How many fields or elements one object or array may have. */
const MAX_MEMBERS_OF_ONE = 10_000;

/** How many objects and arrays may be inside one another. */
const MAX_DEPTH = 100;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const OPENING = [0x5b, 0x7b];
const CLOSING = [0x5d, 0x7d];

/**
 * Why a text has too many fields or elements, or is nested too deeply; or null. The parser calls itself for each level,
 * until the stack is full. This counts the commas outside strings in one pass over the bytes:
 * to parse 4 MB of fields takes half a second, in which the server answers nobody.
 */
function sizeFault(bytes: Uint8Array): string | null {
  const outer: number[] = [];
  let all = 0;
  let ofOne = 0;
  let isInString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (isInString) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isInString = false;
    } else if (byte === QUOTE) isInString = true;
    else if (byte === COMMA) {
      all += 1;
      ofOne += 1;
      // One less than there are members.
      if (ofOne >= MAX_MEMBERS_OF_ONE) {
        return `One object or array has more than ${MAX_MEMBERS_OF_ONE.toLocaleString("en")} fields or elements.`;
      }
      if (all >= MAX_MEMBERS)
        return `The body has more than ${MAX_MEMBERS.toLocaleString("en")} fields and elements.`;
    } else if (OPENING.includes(byte)) {
      if (outer.length >= MAX_DEPTH) return `The body is nested more than ${MAX_DEPTH} levels deep.`;
      outer.push(ofOne);
      ofOne = 0;
    } else if (CLOSING.includes(byte)) ofOne = outer.pop() ?? 0;
  }
  return null;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads JSON (RFC 8259) in UTF-8, of at most {@link MAX_MEMBERS} fields and elements and {@link MAX_DEPTH} levels. Numbers
 * keep their text. A name that an object has twice with different values is refused, because nobody can tell which of
 * the two the sender means.
 */
export function parseJson(bytes: Uint8Array): ParsedJson {
  const tooMany = sizeFault(bytes);
  if (tooMany) return { ok: false, message: tooMany };
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
    if (!(error instanceof SyntaxError)) throw error;
    return { ok: false, message: `The body is not JSON: ${error.message.slice(0, 200).toWellFormed()}.` };
  }
}

/** Why {@link canonicalJson} cannot write a value so that it reads back the same, or null. */
export function canonicalFault(value: unknown, maxDepth: number, depth = 1): string | null {
  if (typeof value !== "object" || value === null || isLosslessNumber(value)) return null;
  if (depth > maxDepth) return `Is nested more than ${maxDepth} levels deep.`;
  if (Object.hasOwn(value, "__proto__")) return "Must not have a field named __proto__.";
  for (const inner of Object.values(value)) {
    const fault = canonicalFault(inner, maxDepth, depth + 1);
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

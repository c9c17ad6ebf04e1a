import { parseTypedCredits, plainCredits } from "#lib/credits.ts";
import { readRowId } from "#lib/row-id.ts";

// What a person wants to do, read from a sentence.

/** The number of a transaction: "1234", "#1234", "no. 1234", "transaction 1234"; null for anything else. */
export function entryNumberOf(text: string): number | null {
  const words = text.toLowerCase().split(/\s+/);
  if (words.length === 2 && ["no.", "no", "#", "transaction"].includes(words[0] ?? "")) words.shift();
  const [word = "", ...others] = words;
  return others.length > 0 ? null : readRowId(word.startsWith("#") ? word.slice(1) : word);
}

/** What somebody wants to do, with what was typed for it. Texts are as typed, and may be "". */
export type SearchCommand =
  /** The amount as a form takes it, "500"; "" where none was typed. */
  | { kind: "add_credits" | "return_credits"; amount: string; organization: string }
  | { kind: "record_purchase"; amount: string; creditType: string }
  | { kind: "reverse"; entry: number }
  | { kind: "activate" | "deactivate"; organization: string }
  | { kind: "add_member"; email: string; organization: string }
  | { kind: "create_organization"; name: string }
  | { kind: "create_key"; organization: string };

const CREDIT_WORDS = ["credit", "credits"];

/** Splits at the first of the prepositions: what is before it and after it. */
function splitAt(words: readonly string[], at: readonly string[]): { before: string[]; after: string[] } {
  const place = words.findIndex((word) => at.includes(word.toLowerCase()));
  return place < 0
    ? { before: [...words], after: [] }
    : { before: words.slice(0, place), after: words.slice(place + 1) };
}

/** "500", "1,000 credits", "credits" or nothing as an amount for a form; null if it is no amount. */
function amountOf(words: readonly string[]): string | null {
  const isCredits = CREDIT_WORDS.includes(words.at(-1)?.toLowerCase() ?? "");
  const figures = (isCredits ? words.slice(0, -1) : words).join(" ");
  if (figures === "") return isCredits ? "" : null;
  const amount = parseTypedCredits(figures);
  return amount.ok && amount.value > 0n ? plainCredits(amount.value) : null;
}

/** "500 to MKT", "credits to MKT", or without the preposition "500 MKT". */
function movementOf(
  words: readonly string[],
  prepositions: readonly string[],
): { amount: string; of: string } | null {
  const { before, after } = splitAt(words, prepositions);
  if (after.length > 0) {
    const amount = amountOf(before);
    return amount === null ? null : { amount, of: after.join(" ") };
  }
  // The longest start that is an amount: "1 000 MKT" are 1,000 for MKT.
  for (let end = Math.min(words.length - 1, 8); end > 0; end--) {
    const amount = amountOf(words.slice(0, end));
    if (amount !== null) return { amount, of: words.slice(end).join(" ") };
  }
  return null;
}

/** "500 to MKT" behind the verb; for a movement of credits. */
function movementCommand(
  kind: "add_credits" | "return_credits",
  words: readonly string[],
): SearchCommand | null {
  const movement = movementOf(words, kind === "add_credits" ? ["to"] : ["from"]);
  return movement && { kind, amount: movement.amount, organization: movement.of };
}

function purchaseCommand(words: readonly string[]): SearchCommand | null {
  const movement = movementOf(words, ["of", "for"]);
  return movement && { kind: "record_purchase", amount: movement.amount, creditType: movement.of };
}

function addCommand(words: readonly string[]): SearchCommand | null {
  const first = words[0]?.toLowerCase() ?? "";
  const isMember = first === "member";
  if (!isMember && !first.includes("@")) return movementCommand("add_credits", words);
  const { before, after } = splitAt(isMember ? words.slice(1) : words, ["to"]);
  return { kind: "add_member", email: before.join(" "), organization: after.join(" ") };
}

function createCommand(words: readonly string[]): SearchCommand | null {
  const [first = "", second = ""] = words.map((word) => word.toLowerCase());
  if (first === "organization") return { kind: "create_organization", name: words.slice(1).join(" ") };
  const isKey = first === "key" || (first === "api" && second === "key");
  return isKey ? { kind: "create_key", organization: splitAt(words, ["for"]).after.join(" ") } : null;
}

/**
 * Reads a command: "add 500 to MKT", "return 20 from LAW", "record purchase 1000 of SGD Credits", "reverse #1234",
 * "deactivate MKT", "add member ana@example.edu to MKT", "create organization Marketing", "create key for MKT".
 * @returns null where the text is none
 */
export function readCommand(text: string): SearchCommand | null {
  const [first = "", ...words] = text.split(/\s+/);
  const verb = first.toLowerCase();
  switch (verb) {
    case "add":
      return words.length === 0 ? null : addCommand(words);
    case "allocate":
      return movementCommand("add_credits", words);
    case "return":
      return movementCommand("return_credits", words);
    case "purchase":
      return purchaseCommand(words);
    case "record":
      return words[0]?.toLowerCase() === "purchase" ? purchaseCommand(words.slice(1)) : null;
    case "reverse": {
      const entry = entryNumberOf(words.join(" "));
      return entry === null ? null : { kind: "reverse", entry };
    }
    case "activate":
    case "deactivate":
      return words.length === 0 ? null : { kind: verb, organization: words.join(" ") };
    case "create":
    case "new":
      return createCommand(words);
    default:
      return null;
  }
}

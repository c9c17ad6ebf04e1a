import { parseTypedCredits, plainCredits } from "#lib/credits.ts";
import { readRowId } from "#lib/fields.ts";
import { foldForSearch } from "#lib/text.ts";

// What a person means by a text that is typed into the search of the whole portal.

/** More of a search is not read. */
export const SEARCH_MAX_CHARACTERS = 200;

/** How many hits of one kind are shown. */
export const HITS_OF_A_KIND = 6;

/** The kinds of hits, in the order in which they are shown. */
export const HIT_KINDS = {
  action: "Actions",
  organization: "Organizations",
  member: "Members",
  transaction: "Transactions",
  api_key: "API keys",
  page: "Pages and settings",
} as const;
export type HitKind = keyof typeof HIT_KINDS;

/** One thing that a search leads to. */
export type Hit = {
  href: string;
  title: string;
  /** What tells it from others of the same title; "" for nothing. */
  detail: string;
};

/** The hits of one kind, best first. */
export type HitGroup = {
  kind: HitKind;
  hits: Hit[];
  /** The list with all hits of this kind; null where these are all, or where no list has them. */
  more: string | null;
};

/** A text as it is searched for. */
export function tidySearch(text: string): string {
  return text.slice(0, SEARCH_MAX_CHARACTERS).replaceAll("\0", "").trim();
}

/** The address of the page with the results. */
export function searchHref(q: string): string {
  return q === "" ? "/search" : `/search?${new URLSearchParams({ q })}`;
}

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

/** A page of the portal, or a setting on one. */
export type SearchPage = {
  href: string;
  title: string;
  /** The page that a setting is on; "" for a page. */
  detail: string;
  /** Other words that people search for it by. */
  words: string;
  /** What a user needs to open it: a role on the enterprise, or what `hasAccess` knows beside the roles. */
  needs: "viewer" | "admin" | "owner" | "grant" | "organization_admin";
};

const page = (
  href: string,
  title: string,
  needs: SearchPage["needs"],
  words = "",
  detail = "",
): SearchPage => ({ href, title, detail, words, needs });

/** Every page that a search may lead to, in the order of the navigation. */
export const SEARCH_PAGES: readonly SearchPage[] = [
  page("/organizations", "Organizations", "grant"),
  page("/organizations/new", "Create Organization", "admin", "new add"),
  page("/organizations/import", "Import organizations", "admin", "csv file upload"),
  page("/credit-types", "Credit types", "viewer", "pools currency exchange rate purchase"),
  page("/credit-types/new", "Add Credit Type", "admin", "new create pool currency"),
  page("/members", "Members", "grant", "people users"),
  page("/members/new", "Add member", "organization_admin", "new create person"),
  page("/members/import", "Import members", "organization_admin", "csv file upload people"),
  page("/transactions", "Transactions", "grant", "ledger entries spend usage history"),
  page("/transactions/applications", "Applications", "admin", "rename hide merge", "Transactions"),
  page("/refusals", "Refusals", "grant", "refused denied rejected declined why"),
  page("/api-keys", "API keys", "grant", "applications tokens"),
  page("/api-keys/new", "Create API key", "organization_admin", "new add token"),
  page("/audit", "Audit", "grant", "changes log trail who"),
  page("/settings", "Settings", "owner", "general"),
  page("/settings", "Enterprise name", "owner", "", "Settings"),
  page("/settings", "Time zone", "owner", "calendar", "Settings"),
  page("/settings", "Date format", "owner", "calendar", "Settings"),
  page(
    "/settings/security",
    "Require a second factor",
    "owner",
    "mfa 2fa policy ask again above",
    "Settings",
  ),
  page("/settings/security", "How long sessions last", "owner", "session limits idle sign out", "Settings"),
  page("/settings/users", "Portal users", "owner", "accounts invite roles grants access", "Settings"),
  page("/settings/tags", "Tags", "admin", "rename remove labels", "Settings"),
  page("/account", "Second factor", "grant", "passkey authenticator recovery codes mfa 2fa", "Account"),
  page("/account/password", "Change password", "grant", "", "Account"),
  page("/account/sessions", "Sessions", "grant", "devices browsers sign out", "Account"),
];

/** How well a title answers: 0 for the same text, then for its start, the start of a word, anything in it, another word. */
function titleRank(title: string, q: string): number {
  if (title === q) return 0;
  if (title.startsWith(q)) return 1;
  if (title.includes(` ${q}`)) return 2;
  return title.includes(q) ? 3 : 4;
}

/** The pages that have all words of the search, each at the start of a word of theirs; best first. */
export function pagesFor(q: string, pages: readonly SearchPage[]): { page: SearchPage; isExact: boolean }[] {
  const folded = foldForSearch(q);
  const words = folded.split(" ").filter(Boolean);
  if (words.length === 0) return [];
  return pages
    .flatMap((one) => {
      const title = foldForSearch(one.title);
      const all = ` ${title} ${foldForSearch(`${one.detail} ${one.words}`)}`;
      return words.every((word) => all.includes(` ${word}`))
        ? [{ page: one, rank: titleRank(title, folded) }]
        : [];
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ page: match, rank }) => ({ page: match, isExact: rank === 0 }));
}

/** A piece of a text, and whether the search has it. */
export type MarkedPart = { text: string; isMatch: boolean };

/** Cuts a text at the words of a search, compared as {@link foldForSearch} compares. The parts add up to the text. */
export function markMatches(text: string, q: string): MarkedPart[] {
  const words = foldForSearch(q).split(" ").filter(Boolean);
  // One folded letter may come from several, and several from one: "ß" folds to "ss", and an accent to nothing.
  const letters = [...text];
  let folded = "";
  const letterAt: number[] = [];
  for (const [index, letter] of letters.entries()) {
    const plain = /^\s$/u.test(letter) ? " " : foldForSearch(letter);
    folded += plain;
    for (let unit = 0; unit < plain.length; unit++) letterAt.push(index);
  }
  const isMatch = letters.map(() => false);
  for (const word of words) {
    for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + word.length)) {
      const first = letterAt[at] ?? 0;
      const last = letterAt[at + word.length - 1] ?? first;
      isMatch.fill(true, first, last + 1);
    }
  }
  const parts: MarkedPart[] = [];
  for (const [index, letter] of letters.entries()) {
    const previous = parts.at(-1);
    if (previous && previous.isMatch === isMatch[index]) previous.text += letter;
    else parts.push({ text: letter, isMatch: isMatch[index] ?? false });
  }
  return parts;
}

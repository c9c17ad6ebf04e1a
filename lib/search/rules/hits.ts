import { foldForSearch } from "#lib/text.ts";

// What a search of the whole portal finds. The page and the palette in the browser show it.

/** More of a search is not read. */
export const SEARCH_MAX_CHARACTERS = 200;

/** How many hits of one kind are shown. */
export const HITS_OF_A_KIND = 6;

/** The kinds of hits, in the order in which they are shown. */
export const HIT_KINDS = {
  recent: "Changed by you",
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
    // A mark alone would be taken for one at the start of a text, where an acute accent is an apostrophe.
    const plain = /^\s$/u.test(letter) ? " " : /^\p{M}$/u.test(letter) ? "" : foldForSearch(letter);
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

/**
 * The part of a search that is marked in a hit: nothing in an action, and in the detail only what the title does not have,
 * because a word such as "credits" is in many details.
 *
 * @param title of the hit, when its detail is marked
 */
export function markedQuery(kind: HitKind, q: string, title = ""): string {
  if (kind === "action" || kind === "recent") return "";
  return markMatches(title, q).some(({ isMatch }) => isMatch) ? "" : q;
}

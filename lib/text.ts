/** Letters that look accented but that Unicode does not decompose (CLDR's Latin-ASCII transform). */
const UNDECOMPOSED: Record<string, string> = {
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  ħ: "h",
  ŧ: "t",
  þ: "th",
  ŋ: "n",
  ĸ: "k",
  ƒ: "f",
  ɓ: "b",
  ɗ: "d",
  "’": "'",
  "‘": "'",
  ʼ: "'",
  ʻ: "'",
  "′": "'",
  "“": '"',
  "”": '"',
  "„": '"',
  "«": '"',
  "»": '"',
  "‐": "-",
  "‑": "-",
  "‒": "-",
  "–": "-",
  "—": "-",
  "−": "-",
};
const UNDECOMPOSED_PATTERN = new RegExp(`[${Object.keys(UNDECOMPOSED).join("")}]`, "g");

/** Is this printable ASCII only, as most codes, addresses and ids are? ASCII needs no Unicode normalization. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** Full case folding. By way of upper case ß, ẞ and SS become equal, and ſ and s; the final sigma becomes a sigma. */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ");
}

/**
 * The text that search compares, without case, accents, width and typographic quotes, and with single spaces.
 * `École`, `ÉCOLE` and `ecole` fold to the same text.
 */
export function foldForSearch(text: string): string {
  // An acute accent that is typed as an apostrophe decomposes into a space and a mark. Spaces at the start do not count,
  // so this mark is an apostrophe at the start of a text too.
  return foldCase(
    text
      .normalize("NFKD")
      .replace(/(?:^| )\u0301/g, "'")
      .replace(/\p{M}/gu, ""),
  )
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(UNDECOMPOSED_PATTERN, (letter) => UNDECOMPOSED[letter] ?? letter)
    .replace(/\s+/gu, " ")
    .trim();
}

/** How many words of a search are compared. Each is searched in every row, and a name rarely has more. */
const SEARCH_WORDS_MAX = 8;

/**
 * The words of a search, folded as {@link foldForSearch} folds the texts that they are searched in. A word that is part of
 * another one adds nothing and is left out, and so are words beyond the first eight.
 */
export function searchWords(q: string): string[] {
  const words = [...new Set(foldForSearch(q).split(" ").filter(Boolean))];
  return words
    .filter((word) => !words.some((other) => other !== word && other.includes(word)))
    .slice(0, SEARCH_WORDS_MAX);
}

/** The text that uniqueness compares, without case, Unicode form, outer spaces and invisible characters. Accents count. */
export function foldForUniqueness(text: string): string {
  if (isPlain(text)) return text.trim().toLowerCase();
  const seen = text.replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  return foldCase(seen.normalize("NFKC").trim()).normalize("NFKC");
}

/** The length in code points, because limits are shown to people in characters. */
export function characters(text: string): number {
  if (isPlain(text)) return text.length;
  return [...text].length;
}

const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]/u;
/** Joiners carry meaning between letters of scripts that join, and in emoji; elsewhere they only hide. */
const JOINER_IN_PLACE =
  /(?<=\uFE0F|[\p{M}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Extended_Pictographic}\p{Emoji_Modifier}])[\u200C\u200D](?=[\p{L}\p{M}\p{Extended_Pictographic}])/gu;
/** Variation selectors choose the look of an emoji, a keycap or a Chinese character; elsewhere they only hide. */
const SELECTOR_IN_PLACE =
  /(?<=[\p{Extended_Pictographic}\p{Script=Han}])(?:[\uFE00-\uFE0F]|[\u{E0100}-\u{E01EF}])|(?<=[0-9#*])\uFE0F(?=\u20E3)/gu;

/**
 * Finds a character that a person cannot see: control, bidirectional override, zero-width, unassigned.
 * @returns e.g. "U+200B", or null when the text has none.
 */
export function findInvisible(text: string): string | null {
  if (isPlain(text)) return null;
  const match = INVISIBLE.exec(text.replace(JOINER_IN_PLACE, "").replace(SELECTOR_IN_PLACE, ""));
  if (!match) return null;
  const point = match[0].codePointAt(0) ?? 0;
  return `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Variation selectors and tags that end an emoji; they are part of what is seen. */
const PART_OF_A_LETTER = /[\uFE00-\uFE0F]|[\u{E0020}-\u{E007F}]|[\u{E0100}-\u{E01EF}]/u;
const UNSEEN_AT_AN_EDGE = /[\s\p{Default_Ignorable_Code_Point}]/u;

/**
 * A text without white space and invisible characters at its two ends, such as zero-width spaces, byte order marks and
 * direction marks.
 * @returns the text, and whether anything other than white space was removed
 */
export function trimUnseen(text: string): { text: string; hadInvisible: boolean } {
  const plain = text.trim();
  if (isPlain(plain) && !text.includes("\uFEFF")) return { text: plain, hadInvisible: false };
  const letters = [...text];
  const isUnseen = (letter: string | undefined) =>
    letter !== undefined && UNSEEN_AT_AN_EDGE.test(letter) && !PART_OF_A_LETTER.test(letter);
  let start = 0;
  let end = letters.length;
  while (start < end && isUnseen(letters[start])) start += 1;
  while (end > start && isUnseen(letters[end - 1])) end -= 1;
  const removed = [...letters.slice(0, start), ...letters.slice(end)];
  return {
    text: letters.slice(start, end).join(""),
    hadInvisible: removed.some((letter) => /\p{Default_Ignorable_Code_Point}/u.test(letter)),
  };
}

/** A name as it is stored: NFC, without outer white space, with single inner spaces. */
export function tidyName(text: string): string {
  return text
    .normalize("NFC")
    .trim()
    .replace(/\p{Zs}+/gu, " ");
}

/** The WHATWG Encoding Standard's: a byte that means nothing becomes the control character of its number. */
const WINDOWS_1252 = new TextDecoder("windows-1252");

/**
 * Turns C1 control characters into the Windows-1252 characters they almost surely were: a file converted as if it had
 * been Latin-1 has U+0093 where “ was meant. HTML parsers do the same with numeric references.
 */
export function repairWindows1252(text: string): string {
  return text.replace(/[\u0080-\u009F]+/g, (controls) =>
    WINDOWS_1252.decode(Uint8Array.from(controls, (letter) => letter.charCodeAt(0))),
  );
}

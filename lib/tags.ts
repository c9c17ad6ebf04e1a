import type { ReadResult } from "./fields.ts";
import { characters, findInvisible } from "./text.ts";

// A tag is `key:value`, such as `faculty:science`, in lower case and NFKC. Tags are compared and stored in that form.

/** The most tags that one organization can have. */
export const TAGS_MAX = 20;
const TAG_KEY_MAX_CHARACTERS = 40;
const TAG_VALUE_MAX_CHARACTERS = 60;
/** Several times what 20 tags need. It bounds the work on one field or cell. */
const TAGS_TEXT_MAX_CHARACTERS = 10_000;

/** How much of a wrong tag a message repeats. */
const SHOWN_MAX_CHARACTERS = 40;

const ALLOWED = /[\p{L}\p{M}\p{N}_./-]/u;
/** A mark combines with the letter before it, so that it cannot be the first character. */
const STARTS_WITH_MARK = /^\p{M}/u;

/** NFKC and lower case: `Faculty：Ｓcience` is `faculty:science`. */
function foldTag(text: string): string {
  return text.normalize("NFKC").toLowerCase().normalize("NFKC");
}

function shown(text: string): string {
  // A character that cannot be seen, or that turns the direction of the text around, stays out of a message.
  const visible = [...text.slice(0, SHOWN_MAX_CHARACTERS * 2)].map((c) => (findInvisible(c) ? "�" : c));
  const start = visible.slice(0, SHOWN_MAX_CHARACTERS).join("");
  return characters(text) > SHOWN_MAX_CHARACTERS ? `“${start}…”` : `“${start}”`;
}

function characterName(character: string): string {
  const invisible = findInvisible(character);
  if (invisible) return `an invisible character (${invisible})`;
  return /\s/u.test(character) ? "a space" : `the character ${character}`;
}

/** What is wrong with a part of a folded tag; null when nothing is. */
function partFault(tag: string, part: string, name: string, maxCharacters: number): string | null {
  const length = characters(part);
  if (length > maxCharacters)
    return `The ${name} of ${shown(tag)} has ${length} characters; at most ${maxCharacters}.`;
  const character = [...part].find((one) => !ALLOWED.test(one));
  if (character !== undefined) {
    return `${shown(tag)} has ${characterName(character)}. Use letters, digits and - _ . / only.`;
  }
  return STARTS_WITH_MARK.test(part)
    ? `The ${name} of ${shown(tag)} must start with a letter or digit.`
    : null;
}

function tagFault(tag: string): string | null {
  const colon = tag.indexOf(":");
  if (colon < 0) return `${shown(tag)} is not a tag. Write key:value, such as faculty:science.`;
  const key = tag.slice(0, colon);
  const value = tag.slice(colon + 1);
  if (key === "")
    return `${shown(tag)} has no key before the colon. Write key:value, such as faculty:science.`;
  if (value === "")
    return `${shown(tag)} has no value after the colon. Write key:value, such as faculty:science.`;
  if (value.includes(":"))
    return `${shown(tag)} has more than one colon. Write key:value, such as faculty:science.`;
  return (
    partFault(tag, key, "key", TAG_KEY_MAX_CHARACTERS) ??
    partFault(tag, value, "value", TAG_VALUE_MAX_CHARACTERS)
  );
}

/** Reads one tag, folded. */
export function readTag(text: string): ReadResult<string> {
  if (text.length > TAGS_TEXT_MAX_CHARACTERS) return { ok: false, message: "This tag is too long." };
  const tag = foldTag(text).trim();
  if (tag === "") return { ok: false, message: "Enter a tag, such as faculty:science." };
  const message = tagFault(tag);
  return message === null ? { ok: true, value: tag } : { ok: false, message };
}

/** The beginning of a tag that somebody types, in the form in which tags are compared. */
export function tagPrefix(text: string): string {
  return foldTag(text.slice(0, TAGS_TEXT_MAX_CHARACTERS)).trim();
}

/** Reads the key of tags, folded, such as `faculty`. */
export function readTagKey(text: string): ReadResult<string> {
  const tag = readTag(`${text.trim()}:-`);
  return tag.ok ? { ok: true, value: tagKey(tag.value) } : tag;
}

/**
 * Reads the tags of one organization from a field or a cell. White space, commas and semicolons separate them. The tags
 * are folded, each once, in order; none for an empty text.
 */
export function readTags(text: string): ReadResult<string[]> {
  if (text.length > TAGS_TEXT_MAX_CHARACTERS) {
    return {
      ok: false,
      message: `At most ${TAGS_MAX} tags; this text has ${text.length} characters.`,
    };
  }
  const tags = sortedTags(
    foldTag(text)
      .split(/[\s,;]+/u)
      .filter((tag) => tag !== ""),
  );
  for (const tag of tags) {
    const message = tagFault(tag);
    if (message !== null) return { ok: false, message };
  }
  return tags.length > TAGS_MAX
    ? { ok: false, message: `At most ${TAGS_MAX} tags; this has ${tags.length}.` }
    : { ok: true, value: tags };
}

/** Each tag once, in the order in which tags are stored in the audit, in files and in forms. */
export function sortedTags(tags: Iterable<string>): string[] {
  return [...new Set(tags)].sort();
}

/** Tags as a field or a cell has them: `cost-centre:4711 faculty:science`. {@link readTags} reads it back. */
export function tagsText(tags: readonly string[]): string {
  return sortedTags(tags).join(" ");
}

/** The key of a valid tag: `faculty` of `faculty:science`. */
export function tagKey(tag: string): string {
  return tag.slice(0, tag.indexOf(":"));
}

/** The value of a valid tag: `science` of `faculty:science`. */
export function tagValue(tag: string): string {
  return tag.slice(tag.indexOf(":") + 1);
}

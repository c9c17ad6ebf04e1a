/** What separates the cells of a row. */
export type Separator = "," | ";" | "\t";

const SEPARATORS: readonly Separator[] = [",", ";", "\t"];

export const SEPARATOR_NAMES: Record<Separator, string> = { ",": "commas", ";": "semicolons", "\t": "tabs" };

/** The longest part of a file that is searched for its separator. */
export const SEARCHED_CHARACTERS = 20_000;
/** How many lines are searched: titles above the header are few. */
const SEARCHED_LINES = 20;

/** How often each separator occurs outside quotes in one line. */
function countSeparators(line: string): Record<Separator, number> {
  const counts: Record<Separator, number> = { ",": 0, ";": 0, "\t": 0 };
  let quoted = false;
  for (const letter of line) {
    if (letter === '"') quoted = !quoted;
    else if (!quoted && (letter === "," || letter === ";" || letter === "\t")) counts[letter] += 1;
  }
  return counts;
}

/**
 * Finds what separates the cells of a text: the separator that occurs most in the line with the most separators among
 * the first twenty, because a title above the header has none or few. A text without any has one column, and commas.
 */
export function findSeparator(text: string): Separator {
  let most = 0;
  let separator: Separator = ",";
  const lines = text.slice(0, SEARCHED_CHARACTERS).split(/\r\n|\r|\n/, SEARCHED_LINES);
  for (const line of lines) {
    const counts = countSeparators(line);
    for (const one of SEPARATORS) {
      // More than before and not as many: of two lines that are alike the first is the header.
      if (counts[one] > most) {
        most = counts[one];
        separator = one;
      }
    }
  }
  return separator;
}

/**
 * Reads the line `sep=;` with which Excel is told the separator.
 * @returns the separator and the length of the line with its end; null when the text does not begin with one
 */
export function readSeparatorLine(text: string): { separator: Separator; length: number } | null {
  const match = /^"?sep=([,;\t])"?(?:\r\n|\r|\n|$)/i.exec(text.slice(0, 20));
  const separator = SEPARATORS.find((one) => one === match?.[1]);
  return match && separator ? { separator, length: match[0].length } : null;
}

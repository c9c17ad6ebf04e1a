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
 * Finds what separates the cells of a text: the separator that the most of the first twenty lines have, because every line
 * has it, the header included, while other signs are only in texts and amounts. Where as many lines have two, it is not
 * the comma, because texts and amounts have commas most often. A text without any has one column, and commas.
 */
export function findSeparator(text: string): Separator {
  const lines = text.slice(0, SEARCHED_CHARACTERS).split(/\r\n|\r|\n/, SEARCHED_LINES);
  const counts = lines.map(countSeparators);
  let separator: Separator = ",";
  let most = 0;
  for (const one of SEPARATORS) {
    const linesWithIt = counts.filter((count) => count[one] > 0).length;
    if (linesWithIt > 0 && linesWithIt >= most) {
      separator = one;
      most = linesWithIt;
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

/** What separates the cells of a row. */
export type Separator = "," | ";" | "\t";

const SEPARATORS: readonly Separator[] = [",", ";", "\t"];

export const SEPARATOR_NAMES: Record<Separator, string> = { ",": "commas", ";": "semicolons", "\t": "tabs" };

/** The longest part of a file that is searched for its separator. */
export const SEARCHED_CHARACTERS = 20_000;
/** How many records are searched: titles above the header are few. */
const SEARCHED_RECORDS = 20;

/**
 * A quoted cell after what may separate it from the cell before: its text has line breaks and separators that end nothing.
 * Elsewhere a quotation mark opens no cell. The last cell may be cut off before its second quotation mark.
 */
const QUOTED_CELL = /(^|[,;\t\r\n])"[^"]*(?:""[^"]*)*"?/g;

/**
 * Finds what separates the cells of a text: the separator that the most of the first twenty records have outside of quoted
 * cells, because every record has it, the header included, while other signs are only in texts and amounts. Where as many
 * records have two, it is not the comma, because texts and amounts have commas most often. A text without any has one
 * column, and commas.
 */
export function findSeparator(text: string): Separator {
  const unquoted = text.slice(0, SEARCHED_CHARACTERS).replace(QUOTED_CELL, "$1");
  const records = unquoted.split(/\r\n|\r|\n/, SEARCHED_RECORDS);
  let separator: Separator = ",";
  let most = 0;
  for (const one of SEPARATORS) {
    const recordsWithIt = records.filter((record) => record.includes(one)).length;
    if (recordsWithIt > 0 && recordsWithIt >= most) {
      separator = one;
      most = recordsWithIt;
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

/**
 * The number formats of a workbook's cells (ECMA-376, part 1, 18.8.30) that show a whole number with more than its digits,
 * as codes often have them: `000` shows 7 as 007, and `"FAC-"000` as FAC-007. A file with that cell's number alone would name
 * another code. Formats of amounts, dates and shares are left out, because there the number counts.
 */
export type PaddedFormat = { zeros: number; parts: readonly (string | null)[] };

const TOKEN = /"([^"]*)"|\\(.)|\[\$-[0-9A-F]+\]|(0)|([- ()/])/gu;

/**
 * Reads a format code.
 * @returns its parts, null for each digit; null where it is not a format of a code with at least two digits
 */
export function readPaddedFormat(code: string): PaddedFormat | null {
  // The first section is the one of positive numbers.
  const [section = ""] = code.split(";");
  if (section.replace(TOKEN, "") !== "") return null;
  const parts = [...section.matchAll(TOKEN)].map(([, quoted, escaped, digit, sign]) =>
    digit ? null : (quoted ?? escaped ?? sign ?? ""),
  );
  const zeros = parts.filter((part) => part === null).length;
  return zeros < 2 ? null : { zeros, parts };
}

/** A whole number as the format shows it; any other text as it is. */
export function showPadded({ zeros, parts }: PaddedFormat, text: string): string {
  if (!/^\d+$/.test(text)) return text;
  const digits = text.padStart(zeros, "0");
  const first = digits.length - zeros;
  let next = 0;
  return parts
    .map((part) => {
      if (part !== null) return part;
      // The first place takes all digits that the others have no place for.
      const start = next === 0 ? 0 : first + next;
      next += 1;
      return digits.slice(start, first + next);
    })
    .join("");
}

const XML_ENTITIES: Record<string, string> = { quot: '"', apos: "'", amp: "&", lt: "<", gt: ">" };
const NUMBER_FORMAT_ID = /\snumFmtId="([^"]*)"/;
const FORMAT_CODE = /\sformatCode="([^"]*)"/;

function attribute(tag: string, pattern: RegExp): string {
  const value = pattern.exec(tag)?.[1] ?? "";
  return value.replace(/&(quot|apos|amp|lt|gt);/g, (_, entity: string) => XML_ENTITIES[entity] ?? "");
}

/** The padded formats of a workbook's part `xl/styles.xml`, by the style that a cell names. */
export function paddedFormats(styles: string): Map<string, PaddedFormat> {
  const codes = new Map<string, PaddedFormat>();
  for (const [tag] of styles.matchAll(/<(?:\w+:)?numFmt\b[^<>]*>/g)) {
    const format = readPaddedFormat(attribute(tag, FORMAT_CODE));
    if (format) codes.set(attribute(tag, NUMBER_FORMAT_ID), format);
  }
  // A style is the position of a format between the two tags `cellXfs`. Other lists have formats too.
  const [, cellFormats = ""] = styles.split(/<\/?(?:\w+:)?cellXfs\b[^<>]*>/, 2);
  const formats = new Map<string, PaddedFormat>();
  [...cellFormats.matchAll(/<(?:\w+:)?xf\b[^<>]*>/g)].forEach(([tag], style) => {
    const format = codes.get(attribute(tag, NUMBER_FORMAT_ID));
    if (format) formats.set(String(style), format);
  });
  return formats;
}

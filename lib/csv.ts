import { CsvError, parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";

/** One record of a file, with the line that it starts on (1 is the first). */
export type CsvRecord = { line: number; cells: string[] };

/** A file that cannot be read as CSV at all, with the line where that shows. */
export type CsvFault = { line: number; message: string };

export type ParsedCsv = { ok: true; records: CsvRecord[] } | { ok: false; fault: CsvFault };

const LF = 0x0a;

/** The line of the first byte that is not UTF-8. */
function firstBadLine(bytes: Uint8Array): number {
  let line = 1;
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(LF, start);
    const stop = end === -1 ? bytes.length : end + 1;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(start, stop));
    } catch {
      return line;
    }
    start = stop;
    line += 1;
  }
  return line;
}

/** Reads RFC 4180 CSV in UTF-8, with or without a byte order mark, with CRLF or LF. Formula guards are removed. */
export function parseCsv(bytes: Uint8Array): ParsedCsv {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return fault(1, "The file is UTF-16. Save it as CSV UTF-8 and try again.");
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const line = firstBadLine(bytes);
    return fault(line, `Line ${line} is not UTF-8. Save the file as CSV UTF-8 and try again.`);
  }
  if (text.includes("\0"))
    return fault(1, "The file is not text: it holds a zero byte. Save it as CSV UTF-8.");
  try {
    const parsed = parse(text, {
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ["\r\n", "\n", "\r"],
    }) as unknown as { record: string[]; info: { lines: number } }[];
    const records = parsed.map(({ record, info }) => {
      const inner = record.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0);
      return { line: info.lines - inner, cells: record.map(unguardCell) };
    });
    return { ok: true, records };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number((error as CsvError & { lines?: number }).lines ?? 1);
    const what =
      error.code === "CSV_QUOTE_NOT_CLOSED"
        ? `A quotation mark that opens before or on line ${line} is never closed.`
        : `Line ${line} cannot be read: a quotation mark stands where none may.`;
    return fault(line, what);
  }
}

function fault(line: number, message: string): ParsedCsv {
  return { ok: false, fault: { line, message } };
}

// What a spreadsheet would run as a formula (OWASP, CSV injection), full-width forms included.
const FORMULA = /^'*[=+\-@\t\r＝＋－＠]/;
const GUARDED = /^'+[=+\-@\t\r＝＋－＠]/;

/** Puts an apostrophe before what a spreadsheet would run. {@link unguardCell} takes exactly it away again. */
export function guardCell(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

export function unguardCell(cell: string): string {
  return GUARDED.test(cell) ? cell.slice(1) : cell;
}

/** Writes records as RFC 4180 CSV: CRLF, quotes only where needed, formulas guarded. */
export function formatCsv(records: readonly (readonly string[])[]): string {
  return stringify(
    records.map((cells) => cells.map(guardCell)),
    { record_delimiter: "windows", quoted_match: /^\s|\s$/ },
  );
}

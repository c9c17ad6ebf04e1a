import {
  CSV_MAX_CELLS,
  CSV_MAX_COLUMNS,
  CSV_MAX_ROWS,
  type CsvFault,
  type CsvRecord,
  parseCsv,
} from "#lib/csv.ts";
import { decodeText } from "./encoding.ts";
import { findSeparator, readSeparatorLine, SEARCHED_CHARACTERS, SEPARATOR_NAMES } from "./separator.ts";
import { isOldWorkbook, isWorkbook, readWorkbook } from "./workbook.ts";

/** A file as a table of text, with what was understood about it. */
export type ReadRecords =
  | {
      ok: true;
      records: CsvRecord[];
      /** Whether amounts have a comma before their decimals (see `readAmountCell`). */
      decimalComma: boolean;
      /** What is worth knowing about how the file was read, a sentence each. */
      notes: string[];
    }
  | { ok: false; fault: CsvFault };

/**
 * Reads a file as spreadsheet programs save it: CSV with commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252,
 * with or without a `sep=` line; or an .xlsx workbook, of which the first sheet counts. The bytes decide, not the name.
 */
export async function readRecords(bytes: Uint8Array): Promise<ReadRecords> {
  const fault = (line: number, message: string): ReadRecords => ({ ok: false, fault: { line, message } });
  if (isWorkbook(bytes)) {
    const sheet = await readWorkbook(bytes, {
      maxRows: CSV_MAX_ROWS,
      maxColumns: CSV_MAX_COLUMNS,
      maxCells: CSV_MAX_CELLS,
    });
    return sheet.ok
      ? { ok: true, records: sheet.records, decimalComma: false, notes: [] }
      : fault(sheet.line, sheet.message);
  }
  if (isOldWorkbook(bytes)) {
    return fault(
      1,
      "The file is an old or encrypted workbook. Save it as .xlsx without a password, or as CSV UTF-8.",
    );
  }
  const decoded = decodeText(bytes);
  if (!decoded.ok) return fault(decoded.line, decoded.message);
  const notes: string[] = [];
  if (decoded.encoding === "windows-1252") {
    notes.push("The file is not UTF-8. It was read as Windows-1252: check that the names look right.");
  }
  // A character of UTF-8 has at most four bytes. One that is cut off at the end is no separator.
  const start = new TextDecoder().decode(decoded.utf8.subarray(0, 4 * SEARCHED_CHARACTERS));
  const stated = readSeparatorLine(start);
  const separator = stated?.separator ?? findSeparator(start);
  if (separator !== ",") notes.push(`The columns are separated by ${SEPARATOR_NAMES[separator]}.`);
  // The line `sep=;` is ASCII, so that it has as many bytes as characters.
  const rows = decoded.utf8.subarray(stated?.length ?? 0);
  const parsed = parseCsv(rows, { separator, firstLine: stated ? 2 : 1 });
  if (!parsed.ok) return { ok: false, fault: parsed.fault };
  const { records } = parsed;
  return {
    ok: true,
    records,
    decimalComma: separator === ";" || (separator === "\t" && hasDecimalComma(records)),
    notes,
  };
}

/** An amount whose only comma cannot group thousands: `0,5`, `1500,5`, `0,125`. */
const DECIMAL_COMMA = /^(?:\d+,(?:\d{1,2}|\d{4,})|0,\d+|\d{4,},\d+)$/;

/** Whether an amount with a comma before its decimals is among the cells: tabs separate files of either notation. */
function hasDecimalComma(records: readonly CsvRecord[]): boolean {
  return records.some(({ cells }) => cells.some((cell) => DECIMAL_COMMA.test(cell)));
}

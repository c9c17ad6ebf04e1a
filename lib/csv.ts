import { CsvError, parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";

/** One record of a file, with the line that it starts on (1 is the first). */
export type CsvRecord = { line: number; cells: string[] };

/** Why a file is not CSV, with the line of the first fault. */
export type CsvFault = { line: number; message: string };

export type ParsedCsv = { ok: true; records: CsvRecord[] } | { ok: false; fault: CsvFault };

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const BOM = [0xef, 0xbb, 0xbf];

/** How much of a file is read: each cell takes some 50 bytes of memory, however little of the file it is. */
export const CSV_MAX_ROWS = 500_000;
export const CSV_MAX_COLUMNS = 200;
export const CSV_MAX_CELLS = 5_000_000;
/** How long a cell may be: as in Excel (Microsoft, "Excel specifications and limits"). */
export const CELL_MAX_CHARACTERS = 32_767;
/** How long the cells of one row may be together. The parser stops there, before it makes a cell of what it has read. */
const ROW_MAX_CHARACTERS = 1_000_000;

const characters = (count: number) => `${count.toLocaleString("en")} characters`;

/** The message for a file, a row or a cell beyond the bounds above. */
export const TOO_MUCH = {
  rows: `The file has more than ${CSV_MAX_ROWS.toLocaleString("en")} rows. Split it and import the parts.`,
  columns: `The row has more than ${CSV_MAX_COLUMNS} columns.`,
  cells: `The file has more than ${CSV_MAX_CELLS.toLocaleString("en")} cells. Remove columns that are not needed, or split it.`,
  longRow: `The row has more than ${characters(ROW_MAX_CHARACTERS)}. Check that each quotation mark is closed.`,
  longCell: `A cell has more than ${characters(CELL_MAX_CHARACTERS)}.`,
};

/** Thrown out of the parser at a cell that is too long. */
class CellTooLong extends Error {
  readonly line: number;
  constructor(line: number) {
    super(TOO_MUCH.longCell);
    this.line = line;
  }
}

/**
 * Counts rows, columns and cells in one pass over the bytes, before anything is parsed. A misplaced quotation mark
 * misleads the count, but the parser stops at it.
 */
function tooMany(bytes: Uint8Array, separator: number, firstLine: number): CsvFault | null {
  let line = firstLine;
  let rows = 0;
  let cells = 0;
  let columns = 0;
  let isQuoted = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) isQuoted = !isQuoted;
    if (byte === LF || (byte === CR && bytes[at + 1] !== LF)) {
      line += 1;
      if (isQuoted) continue;
      columns = 0;
    } else if (byte !== CR && columns === 0) {
      rows += 1;
      columns = 1;
      cells += 1;
      if (rows > CSV_MAX_ROWS + 1) return { line, message: TOO_MUCH.rows };
    }
    if (byte !== separator || isQuoted) continue;
    columns += 1;
    cells += 1;
    if (columns > CSV_MAX_COLUMNS) return { line, message: TOO_MUCH.columns };
    if (cells > CSV_MAX_CELLS) return { line, message: TOO_MUCH.cells };
  }
  return null;
}

/** Counts lines from the start to an offset that only grows. CRLF, LF and a lone CR each end a line. */
function lineCounter(bytes: Uint8Array, firstLine: number) {
  let at = 0;
  let line = firstLine;
  const step = () => {
    const byte = bytes[at];
    if (byte === LF || (byte === CR && bytes[at + 1] !== LF)) line += 1;
    at += 1;
  };
  return {
    /** The line of the byte at `offset`. */
    lineAt(offset: number): number {
      while (at < offset) step();
      return line;
    },
    /** The line of the next byte that is not a line break, because blank lines are not records. */
    lineOfText(): number {
      while (bytes[at] === LF || bytes[at] === CR) step();
      return line;
    },
  };
}

/**
 * Reads RFC 4180 CSV in UTF-8, with or without a byte order mark, with CRLF, LF or CR. Formula guards are removed. Empty
 * lines are no records. A file beyond the bounds above is refused: for its rows, columns and cells before it is parsed,
 * for the length of a row or cell where the parser meets it.
 *
 * @param separator one ASCII character
 * @param firstLine the line that the bytes begin on, where something before them was read already
 */
export function parseCsv(
  file: Uint8Array,
  { separator = ",", firstLine = 1 }: { separator?: string; firstLine?: number } = {},
): ParsedCsv {
  const bytes = BOM.every((byte, index) => file[index] === byte) ? file.subarray(BOM.length) : file;
  const excess = tooMany(bytes, separator.charCodeAt(0), firstLine);
  if (excess) return { ok: false, fault: excess };
  // The parser counts a CRLF inside quotes as two lines, so lines are counted from its byte offsets.
  const lines = lineCounter(bytes, firstLine);
  try {
    const records: CsvRecord[] = [];
    parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
      delimiter: separator,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ["\r\n", "\n", "\r"],
      max_record_size: ROW_MAX_CHARACTERS,
      // The parser keeps nothing of a record for which this answers null.
      on_record(cells: string[], { bytes: end }) {
        const line = lines.lineOfText();
        lines.lineAt(end);
        if (cells.some((cell) => cell.length > CELL_MAX_CHARACTERS)) throw new CellTooLong(line);
        records.push({ line, cells: cells.some(mayBeGuarded) ? cells.map(unguardCell) : cells });
        return null;
      },
    });
    return { ok: true, records };
  } catch (error) {
    if (error instanceof CellTooLong) return fault(error.line, error.message);
    if (!(error instanceof CsvError)) throw error;
    lines.lineAt(Number(error.bytes ?? 0));
    const line = lines.lineOfText();
    if (error.code === "CSV_MAX_RECORD_SIZE") return fault(line, TOO_MUCH.longRow);
    return fault(
      line,
      error.code === "CSV_QUOTE_NOT_CLOSED"
        ? `The quotation mark that opens on line ${line} is never closed.`
        : `Line ${line} cannot be read: it has a quotation mark in the wrong place.`,
    );
  }
}

function fault(line: number, message: string): ParsedCsv {
  return { ok: false, fault: { line, message } };
}

/** How a formula begins (OWASP, CSV injection), full-width forms included. */
const FORMULA = /[=+\-@＝＋－＠]/g;
/** Some programs trim these from a cell before they look at it. */
const TRIMMED_START = /^'*[\t\r]/;
/** A negative number is not a formula. It has no guard, so that a spreadsheet can sum it. */
const NEGATIVE_NUMBER = /^-\d+(?:\.\d+)?$/;

/**
 * Could a spreadsheet begin a cell with the character at `index`? At the start of our cell, or after a semicolon, a tab
 * or a line break: programs in many locales separate cells by semicolons, and then split ours there. White space and
 * quotation marks before the character do not matter, nor do the apostrophes of the guard itself.
 */
function beginsCell(cell: string, index: number): boolean {
  let before = index - 1;
  while (cell[before] === "'") before -= 1;
  while (before >= 0 && /[\s"]/.test(cell[before] ?? "")) {
    if (/[\t\r\n]/.test(cell[before] ?? "")) return true;
    before -= 1;
  }
  return before < 0 || cell[before] === ";";
}

/** What nearly all cells are: they begin with a letter or digit, and nothing in them begins another cell. */
const HARMLESS = /^[\p{L}\p{N}][^;\t\r\n]*$|^$/u;

/** Puts an apostrophe before what a spreadsheet would run. {@link unguardCell} takes exactly those away again. */
export function guardCell(cell: string): string {
  if (HARMLESS.test(cell) || NEGATIVE_NUMBER.test(cell)) return cell;
  const guarded = cell.replace(FORMULA, (character, index: number) =>
    beginsCell(cell, index) ? `'${character}` : character,
  );
  return TRIMMED_START.test(cell) ? `'${guarded}` : guarded;
}

const mayBeGuarded = (cell: string) => cell.includes("'");

/** The cell before {@link guardCell}. A cell that was never guarded stays as it is. */
export function unguardCell(cell: string): string {
  if (!mayBeGuarded(cell)) return cell;
  const rest = /^'+[\t\r]/.test(cell) ? cell.slice(1) : cell;
  let text = "";
  let from = 0;
  for (const { index } of rest.matchAll(FORMULA)) {
    const isGuarded = rest[index - 1] === "'" && beginsCell(rest, index);
    text += rest.slice(from, isGuarded ? index - 1 : index);
    from = index;
  }
  return text + rest.slice(from);
}

/** What an exported file begins with, because Excel reads it as UTF-8 only then. */
export const BYTE_ORDER_MARK = "\uFEFF";

/** Writes records as RFC 4180 CSV: CRLF, quotes only where needed, formulas guarded unless `raw`. */
export function formatCsv(
  records: readonly (readonly string[])[],
  { raw = false }: { raw?: boolean } = {},
): string {
  return stringify(
    records.map((cells) => (raw ? [...cells] : cells.map(guardCell))),
    { record_delimiter: "windows", quoted_match: /^\s|\s$|[\r\n]/ },
  );
}

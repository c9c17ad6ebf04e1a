import { Unzip, UnzipInflate } from "fflate";
import { readSheet } from "read-excel-file/universal";
import { CELL_MAX_CHARACTERS, type CsvRecord, TOO_MUCH, unguardCell } from "#lib/csv.ts";
import { type PaddedFormat, paddedFormats, showPadded } from "./number-formats.ts";

/** The most bytes that a workbook may unpack to. A sheet of 100,000 organizations has 30 MB. */
const WORKBOOK_MAX_UNPACKED_BYTES = 256 * 1024 * 1024;
/** A workbook has a file for each sheet, chart and picture. */
const WORKBOOK_MAX_FILES = 2_000;
/** How much is read of the lists of sheets, and of the styles, which some programs write for every cell. */
const PART_MAX_CHARACTERS = {
  workbook: 4 * 1024 * 1024,
  relationships: 4 * 1024 * 1024,
  styles: 64 * 1024 * 1024,
};

/** How large the sheets of a workbook may be; the reader makes a cell for each place up to the last one used. */
export type SheetLimits = { maxRows: number; maxColumns: number; maxCells: number };

export type ReadWorkbook = { ok: true; records: CsvRecord[] } | { ok: false; line: number; message: string };

/** Is this a ZIP archive, as every .xlsx file is? */
export function isWorkbook(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03 && bytes[3] === 0x04;
}

/** Is this a compound file, as .xls files and encrypted .xlsx files are? */
export function isOldWorkbook(bytes: Uint8Array): boolean {
  return [0xd0, 0xcf, 0x11, 0xe0].every((byte, index) => bytes[index] === byte);
}

class TooLarge extends Error {}

const count = new Intl.NumberFormat("en-US");

/** The number of a column from its letters: A is 1. */
function columnNumber(letters: string): number {
  let number = 0;
  for (const letter of letters) number = number * 26 + (letter.charCodeAt(0) - 64);
  return number;
}

/** What one pass over a workbook finds out before it is read. */
type Survey = {
  /** The first cell of each sheet's file that shows an error such as #N/A. */
  errorCells: Map<string, string>;
  /** The text of the two files that name the file of the first sheet. */
  workbook: string;
  relationships: string;
  /** The text of the file with the number formats. */
  styles: string;
};

/** A cell's own tag is shorter than this, so none is missed where one piece ends. */
const CELL_TAG_CHARACTERS = 128;

/** Reads a sheet's XML as it goes by for the addresses of its rows and cells. */
function surveySheet(
  name: string,
  { maxRows, maxColumns, maxCells }: SheetLimits,
  errorCells: Map<string, string>,
) {
  let rest = "";
  let rows = 0;
  let columns = 0;
  return (piece: Uint8Array) => {
    const text = rest + latin1(piece);
    for (const [, letters = "", digits = ""] of text.matchAll(/\br="([A-Z]{0,3})(\d{1,9})"/g)) {
      rows = Math.max(rows, Number(digits));
      columns = Math.max(columns, columnNumber(letters));
      if (rows > maxRows) {
        throw new TooLarge(
          `The sheet has more than ${count.format(maxRows)} rows. Split it and import the parts.`,
        );
      }
      if (columns > maxColumns) {
        throw new TooLarge(`The sheet has more than ${count.format(maxColumns)} columns.`);
      }
      if (rows * columns > maxCells) {
        throw new TooLarge(
          `The sheet has more than ${count.format(maxCells)} cells. Remove columns that are not needed, or split it.`,
        );
      }
    }
    const [tag] = /<c\b[^<>]{0,100}\bt="e"[^<>]{0,100}>/.exec(text) ?? [];
    if (tag && !errorCells.has(name)) errorCells.set(name, /\br="([A-Z]+\d+)"/.exec(tag)?.[1] ?? "one");
    rest = text.slice(-CELL_TAG_CHARACTERS);
  };
}

function latin1(piece: Uint8Array): string {
  return Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString("latin1");
}

type Watch = (piece: Uint8Array) => void;

/**
 * Unpacks a workbook without keeping it, because the sizes that an archive states of itself may be false.
 * @param watcherOf what takes the pieces of the part of a name, in order
 * @throws TooLarge
 */
function unpack(bytes: Uint8Array, watcherOf: (name: string) => Watch): void {
  let unpacked = 0;
  let files = 0;
  const archive = new Unzip((file) => {
    files += 1;
    if (files > WORKBOOK_MAX_FILES) throw new TooLarge("The workbook has more than 2,000 parts.");
    const watch = watcherOf(file.name);
    file.ondata = (error, piece) => {
      if (error) throw error;
      unpacked += piece.length;
      if (unpacked > WORKBOOK_MAX_UNPACKED_BYTES) {
        throw new TooLarge("The file unpacks to more than 256 MB. Split it and import the parts.");
      }
      watch(piece);
    };
    file.start();
  });
  archive.register(UnzipInflate);
  // In pieces, so that a piece is still small when it unpacks to a thousand times its size.
  const PIECE_BYTES = 64 * 1024;
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    archive.push(bytes.subarray(start, start + PIECE_BYTES), start + PIECE_BYTES >= bytes.length);
  }
}

/** @throws TooLarge */
function survey(bytes: Uint8Array, limits: SheetLimits): Survey {
  const result: Survey = { errorCells: new Map(), workbook: "", relationships: "", styles: "" };
  const keep = (field: "workbook" | "relationships" | "styles") => (piece: Uint8Array) => {
    if (result[field].length > PART_MAX_CHARACTERS[field])
      throw new TooLarge(`The workbook has too many ${field === "styles" ? "styles" : "sheets"}.`);
    result[field] += latin1(piece);
  };
  unpack(bytes, (name) => {
    if (/(?:^|\/)worksheets\/[^/]+\.xml$/i.test(name)) return surveySheet(name, limits, result.errorCells);
    if (name === "xl/workbook.xml") return keep("workbook");
    if (name === "xl/_rels/workbook.xml.rels") return keep("relationships");
    if (name === "xl/styles.xml") return keep("styles");
    return () => {};
  });
  return result;
}

/** The name of the part that has the first sheet; null where the workbook does not tell it. */
function firstSheetOf({ workbook, relationships }: Survey): string | null {
  const id = /<(?:\w+:)?sheet\b[^<>]*\br:id="([^"]+)"/.exec(workbook)?.[1];
  const relationship = [...relationships.matchAll(/<(?:\w+:)?Relationship\b[^<>]*>/g)].find(([tag]) =>
    tag.includes(`Id="${id}"`),
  );
  const target = /\bTarget="(?:\/?xl\/)?([^"]+)"/.exec(relationship?.[0] ?? "")?.[1];
  return target ? `xl/${target}` : null;
}

/** The cells of a sheet, e.g. B2, whose numbers are shown with zeros in front or text around them, with their formats. */
function paddedCells(bytes: Uint8Array, sheet: string, styles: string): Map<string, PaddedFormat> {
  const formats = paddedFormats(Buffer.from(styles, "latin1").toString("utf8"));
  const cells = new Map<string, PaddedFormat>();
  // Few workbooks have such a format, and only those are unpacked once more.
  if (formats.size === 0) return cells;
  let rest = "";
  const watch: Watch = (piece) => {
    const text = rest + latin1(piece);
    for (const [tag] of text.matchAll(/<(?:\w+:)?c\b[^<>]{0,100}>/g)) {
      const format = formats.get(/\bs="(\d+)"/.exec(tag)?.[1] ?? "");
      const address = /\br="([A-Z]+\d+)"/.exec(tag)?.[1];
      if (format && address && !/\bt="(?!n")/.test(tag)) cells.set(address, format);
    }
    rest = text.slice(-CELL_TAG_CHARACTERS);
  };
  unpack(bytes, (name) => (name === sheet ? watch : () => {}));
  return cells;
}

/**
 * A number as a person reads it in the sheet. The file has the 17 digits of the binary number next to it
 * (4.7000000000000002E-2); the shortest decimal that means the same number is what was typed (0.047).
 */
function plainNumber(text: string): string {
  const shortest = String(Number(text));
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(shortest);
  if (!match) return shortest;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const digits = whole + fraction;
  const point = 1 + Number(exponent);
  return point > 0 ? `${sign}${digits.padEnd(point, "0")}` : `${sign}0.${"0".repeat(-point)}${digits}`;
}

function cellText(cell: string | boolean | Date | null): string {
  if (cell === null) return "";
  if (cell instanceof Date) return cell.toISOString().slice(0, 19).replace("T", " ");
  if (typeof cell === "boolean") return cell ? "TRUE" : "FALSE";
  // The apostrophe of an export becomes part of the cell when a program saves the file as a workbook.
  return unguardCell(cell);
}

/**
 * Reads the first sheet of an .xlsx workbook (ECMA-376): what each cell shows as text, numbers as plain decimals or, with a
 * format such as `000`, as codes. A formula counts as the value that the program saved with it; nothing outside the file is read.
 */
export async function readWorkbook(bytes: Uint8Array, limits: SheetLimits): Promise<ReadWorkbook> {
  const fault = (message: string, line = 1): ReadWorkbook => ({ ok: false, line, message });
  let errorCell: string | undefined;
  let padded: Map<string, PaddedFormat>;
  try {
    const surveyed = survey(bytes, limits);
    const sheet = firstSheetOf(surveyed) ?? "";
    errorCell = surveyed.errorCells.get(sheet);
    padded = paddedCells(bytes, sheet, surveyed.styles);
  } catch (error) {
    return fault(error instanceof TooLarge ? error.message : "The file is damaged or not an .xlsx workbook.");
  }
  // The reader returns an error as an empty cell, and an empty allowance would mean no limit.
  if (errorCell)
    return fault(`The cell ${errorCell} shows an error such as #N/A. Correct it and save the file.`);
  try {
    const content = new Uint8Array(bytes).buffer;
    const sheet = await readSheet<string>(content, 1, { parseNumber: plainNumber });
    const records = sheet.map((row, index) => ({
      line: index + 1,
      cells: row.map((cell) => cellText(cell as string | boolean | Date | null)),
    }));
    for (const [address, format] of padded) {
      const [, letters = "", row = ""] = /^([A-Z]+)(\d+)$/.exec(address) ?? [];
      const cells = records[Number(row) - 1]?.cells;
      const column = columnNumber(letters) - 1;
      const text = cells?.[column];
      if (cells && text) cells[column] = showPadded(format, text);
    }
    const long = records.find(({ cells }) => cells.some((cell) => cell.length > CELL_MAX_CHARACTERS));
    if (long) return fault(TOO_MUCH.longCell, long.line);
    return { ok: true, records };
  } catch {
    return fault("The first sheet of the workbook cannot be read. Save it again as .xlsx, or as CSV UTF-8.");
  }
}

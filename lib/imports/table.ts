import type { z } from "zod";
import type { CsvRecord } from "#lib/csv.ts";
import {
  type ImportProgress,
  type ImportReport,
  type LineRemark,
  REPORT_MAX_ROWS,
  REPORT_SAMPLE_ROWS,
} from "./rules.ts";

const PROGRESS_EVERY = 1_000;
/** A report repeats at most this much of the file in one place: one cell may be as long as the file. */
const SHOWN_MAX_CHARACTERS = 300;

function shown(text: string): string {
  return text.length > SHOWN_MAX_CHARACTERS ? `${text.slice(0, SHOWN_MAX_CHARACTERS).toWellFormed()}…` : text;
}

/** Collects remarks, counting all and keeping the first. */
function remarks() {
  const kept: LineRemark[] = [];
  let count = 0;
  return {
    add(line: number, message: string) {
      count += 1;
      if (kept.length < REPORT_MAX_ROWS) kept.push({ line, message: shown(message) });
    },
    get count() {
      return count;
    },
    kept,
  };
}

/** One record under the header row, for the concept's own rules to read. */
export type RecordReader<Column extends string> = {
  line: number;
  cell: (column: Column) => string;
  /** The cell by a schema; undefined, with the error noted, when it cannot be meant. */
  read: <T extends z.ZodType>(column: Column, schema: T, text?: string) => z.output<T> | undefined;
  fault: (column: Column, message: string) => void;
  note: (column: Column, message: string) => void;
};

/** What every imported row says of itself. */
export type TableRow = { line: number; active: boolean };

/**
 * Checks a file's header and hands each record to `readRow`, which answers the row or notes what is wrong with it. The
 * rows are worth importing only when the report has no error.
 */
export function checkTable<Column extends string, Row extends TableRow>({
  columns,
  noun,
  records,
  readRow,
  sampleCell = (text) => text,
  onProgress = () => {},
}: {
  columns: readonly Column[];
  /** What a row is: "organization". */
  noun: string;
  records: readonly CsvRecord[];
  readRow: (record: RecordReader<Column>) => Row | undefined;
  /** How the preview shows a cell. */
  sampleCell?: (text: string) => string;
  onProgress?: ((progress: ImportProgress) => void) | undefined;
}): { report: ImportReport; rows: Row[] } {
  const errors = remarks();
  const notes = remarks();
  const rows: Row[] = [];
  const [head, ...body] = records;
  const header = (head?.cells ?? []).map((cell) => cell.trim());
  const keys = header.map((cell) => cell.toLowerCase());
  const isColumn = (key: string) => (columns as readonly string[]).includes(key);
  const position = new Map<string, number>();
  for (const [index, key] of keys.entries()) {
    if (position.has(key) && isColumn(key)) {
      errors.add(head?.line ?? 1, `The column ${key} stands there twice.`);
    }
    if (!position.has(key)) position.set(key, index);
  }
  const missing = columns.filter((column) => !position.has(column));
  if (!head) errors.add(1, "The file is empty.");
  else if (missing.length > 0) {
    const separator = header.length === 1 && /[;\t]/.exec(header[0] ?? "")?.[0];
    errors.add(
      head.line,
      separator
        ? `The columns are separated by ${separator === ";" ? "semicolons" : "tabs"}. Save the file with commas.`
        : `The header row lacks ${missing.join(", ")}.`,
    );
  } else if (body.length === 0) errors.add(head.line, `The file has a header row and no ${noun}.`);
  const ignoredColumns = header
    .filter((_cell, index) => !isColumn(keys[index] ?? ""))
    .map((cell) => (cell === "" ? "(without a name)" : shown(cell)));

  const readable = errors.count === 0 ? body : [];
  for (const [index, { line, cells }] of readable.entries()) {
    if (index % PROGRESS_EVERY === 0) onProgress({ step: "checking", done: index, total: body.length });
    if (cells.length !== header.length) {
      errors.add(line, `The row has ${cells.length} cells, the header ${header.length}.`);
      continue;
    }
    const cell = (column: Column) => cells[position.get(column) ?? -1] ?? "";
    const fault = (column: Column, message: string) => errors.add(line, `${column}: ${message}`);
    const row = readRow({
      line,
      cell,
      fault,
      note: (column, message) => notes.add(line, `${column}: ${message}`),
      read(column, schema, text = cell(column)) {
        const parsed = schema.safeParse(text);
        if (parsed.success) return parsed.data;
        fault(column, parsed.error.issues[0]?.message ?? "Cannot be read.");
        return undefined;
      },
    });
    if (row) rows.push(row);
  }

  const active = rows.filter((row) => row.active).length;
  const places = columns.map((column) => position.get(column) ?? -1);
  return {
    rows,
    report: {
      rows: body.length,
      active,
      inactive: rows.length - active,
      ignoredColumns: ignoredColumns.slice(0, REPORT_MAX_ROWS),
      errorCount: errors.count,
      errors: errors.kept,
      noteCount: notes.count,
      notes: notes.kept,
      sample: {
        header: [...columns],
        rows: readable
          .slice(0, REPORT_SAMPLE_ROWS)
          .map(({ cells }) => places.map((index) => shown(sampleCell(cells[index] ?? "")))),
      },
    },
  };
}

/** The column status: active or inactive. */
export function readStatus(record: RecordReader<"status">): boolean | undefined {
  const status = record.cell("status").trim().toLowerCase();
  if (status === "active") return true;
  if (status === "inactive") return false;
  record.fault("status", "Must be active or inactive.");
  return undefined;
}

import { createHash } from "node:crypto";
import type { z } from "zod";
import { formatCredits, parseCredits } from "#lib/credits.ts";
import type { CsvRecord } from "#lib/csv.ts";
import { trimUnseen } from "#lib/text.ts";
import { type ReadAmount, readAmountCell } from "./amount.ts";
import { undoDoubleEncoding } from "./encoding.ts";
import { readHeader } from "./header.ts";
import { groups, remarks, shown } from "./remarks.ts";
import {
  type CellChange,
  type ImportMode,
  type ImportProgress,
  type ImportReport,
  REPORT_MAX_ROWS,
  REPORT_SAMPLE_ROWS,
  type Remedy,
  type RowChange,
} from "./rules.ts";

const PROGRESS_EVERY_ROWS = 1_000;
/** How many characters of rows are hashed at once, because a call costs more than hashing one row. */
const DIGEST_PIECE = 65_536;

/** One record below the header row, which the rules of the concept read. */
export type RecordReader<Column extends string> = {
  line: number;
  /** Whether the file has this column. The cells of a missing column are empty. */
  has: (column: Column) => boolean;
  /** The cell without white space and invisible characters at its ends. */
  cell: (column: Column) => string;
  /**
   * The cell as a plain decimal where it is an amount in some notation, with a note when it could mean two things. One
   * of the two that is `current`, the text of the value that the portal has, needs no note.
   */
  amount: (column: Column, current?: string) => string;
  /** The cell by a schema; undefined, with the error noted, when it is invalid. */
  read: <T extends z.ZodType>(column: Column, schema: T, text?: string) => z.output<T> | undefined;
  /** Notes an error. `cause` is what it has in common with errors of other rows, where its message names the row. */
  fault: (column: Column, message: string, cause?: { message?: string; remedy?: Remedy }) => void;
  note: (column: Column, message: string) => void;
};

/** Every imported row has `change` if its subject exists already; without cells if nothing changes. */
export type TableRow = {
  line: number;
  active: boolean;
  change?: { label: string; cells: CellChange[] } | undefined;
};

/** A file's records and how they were read. */
export type Table = { records: readonly CsvRecord[]; decimalComma: boolean; notes: readonly string[] };

/** A row as JSON can have it: bigint as text. Half as expensive as a replacer of JSON.stringify. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(plain);
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) copy[name] = plain((value as Record<string, unknown>)[name]);
  return copy;
}

/**
 * Reads cells by their schemas. Many rows have one and the same text in a column, so the last value of each column is
 * remembered.
 */
function cellParser() {
  const last = new Map<string, { schema: z.ZodType; text: string; data: unknown }>();
  return <T extends z.ZodType>(
    column: string,
    schema: T,
    text: string,
  ): z.ZodSafeParseResult<z.output<T>> => {
    const before = last.get(column);
    if (before?.schema === schema && before.text === text) {
      return { success: true, data: before.data as z.output<T> };
    }
    const parsed = schema.safeParse(text);
    if (parsed.success) last.set(column, { schema, text, data: parsed.data });
    return parsed;
  };
}

/** A cell as it was read, and as an amount once that was needed. */
type ReadCell = {
  raw: string;
  text: string;
  hadInvisible: boolean;
  /** The text before it was encoded twice. */
  once: string | null;
  amount?: ReadAmount;
};

function readCell(raw: string): ReadCell {
  const { text, hadInvisible } = trimUnseen(raw);
  return { raw, text, hadInvisible, once: undoDoubleEncoding(text) };
}

function isEmptyRow({ cells }: CsvRecord): boolean {
  return cells.every((cell) => trimUnseen(cell).text === "");
}

/**
 * Checks a file's header and hands each record to `readRow`, which answers the row or notes what is wrong with it. The
 * rows are worth importing only when the report has no error. `badRows` are the records with an error, with a header row,
 * each with its line and the reason as two more cells.
 *
 * Column names are compared without case, spaces, hyphens and underscores. Rows without any value are skipped and
 * counted. Cells that are missing at the end of a row are empty; empty ones too many are ignored.
 */
export function checkTable<Column extends string, Row extends TableRow>({
  columns,
  required,
  noun,
  mode = "add",
  table: { records, decimalComma, notes: fileNotes },
  readRow,
  sampleCell = (text) => text,
  onProgress = () => {},
}: {
  /** In the order in which an export writes them. */
  columns: readonly Column[];
  /** Those that a file must have. */
  required: readonly Column[];
  /** What a row is: "organization". */
  noun: string;
  mode?: ImportMode;
  table: Table;
  readRow: (record: RecordReader<Column>) => Row | undefined;
  /** How the preview shows a cell. */
  sampleCell?: (text: string) => string;
  onProgress?: ((progress: ImportProgress) => void) | undefined;
}): { report: ImportReport; rows: Row[]; badRows: string[][] } {
  const errors = remarks();
  const causes = groups();
  const reasons = new Map<number, string[]>();
  const notes = remarks();
  const rows: Row[] = [];
  const changes: RowChange[] = [];
  const digest = createHash("sha256").update(mode);
  let digestText = "";
  const counts = { added: 0, changed: 0, unchanged: 0, active: 0, inactive: 0 };
  const filled = records.filter((record) => !isEmptyRow(record));
  const [head, ...body] = filled;
  const { position, ignored, fault: headerFault } = readHeader(head, body, columns, required);
  if (headerFault) errors.add(head?.line ?? 1, headerFault);
  else if (body.length === 0) errors.add(head?.line ?? 1, `The file has a header row and no ${noun}.`);

  const parse = cellParser();
  const readable = errors.count === 0 ? body : [];
  const width = head?.cells.length ?? 0;
  // One reader for all rows: its cells and its line are those of the present row. A cell that is the same as the one above
  // it is not read again, because most rows repeat what the row above has in some columns.
  const readCells = new Map<Column, ReadCell>();
  const cell = (column: Column) => readCells.get(column)?.text ?? "";
  const note = (column: Column, message: string) => notes.add(record.line, `${column}: ${message}`);
  const fault: RecordReader<Column>["fault"] = (column, message, cause = {}) => {
    const { line } = record;
    const text = `${column}: ${message}`;
    errors.add(line, text);
    causes.add(line, cause.message ?? text, cause.remedy);
    reasons.set(line, [...(reasons.get(line) ?? []), text]);
  };
  const record: RecordReader<Column> = {
    line: 0,
    has: (column) => position.has(column),
    cell,
    amount(column, current) {
      const one = readCells.get(column);
      const read = one?.amount ?? readAmountCell(one?.text ?? "", { decimalComma });
      if (one) one.amount = read;
      // No export writes "1.000" or "1,000", so this is the portal's own value in one of two notations.
      if (read.ambiguous && cell(column).replace(",", ".") === current) return current;
      if (read.ambiguous) note(column, `${cell(column)} was read as ${explained(read.text)}.`);
      return read.text;
    },
    fault,
    note,
    read(column, schema, text = cell(column)) {
      const parsed = parse(column, schema, text);
      if (parsed.success) return parsed.data;
      fault(column, parsed.error.issues[0]?.message ?? "Cannot be read.");
      return undefined;
    },
  };
  for (const [index, { line, cells }] of readable.entries()) {
    if (index % PROGRESS_EVERY_ROWS === 0) onProgress({ step: "checking", done: index, total: body.length });
    if (cells.length > width && cells.slice(width).some((text) => trimUnseen(text).text !== "")) {
      const message = `The row has ${cells.length} cells, the header ${width}.`;
      errors.add(line, message);
      causes.add(line, "The row has more cells than the header.");
      reasons.set(line, [message]);
      continue;
    }
    record.line = line;
    for (const [column, place] of position) {
      const raw = cells[place] ?? "";
      const before = readCells.get(column);
      const one = before?.raw === raw ? before : readCell(raw);
      if (one !== before) readCells.set(column, one);
      const { text, hadInvisible, once } = one;
      if (hadInvisible) note(column, "Invisible characters at its ends were removed.");
      if (once !== null) note(column, `“${text}” looks like “${once}”, saved in the wrong encoding.`);
    }
    const row = readRow(record);
    if (!row) continue;
    const { change } = row;
    counts[row.active ? "active" : "inactive"] += 1;
    counts[change ? (change.cells.length > 0 ? "changed" : "unchanged") : "added"] += 1;
    if (change?.cells.length === 0) continue;
    rows.push(row);
    digestText += JSON.stringify(plain(row));
    if (digestText.length > DIGEST_PIECE) {
      digest.update(digestText);
      digestText = "";
    }
    if (change && changes.length < REPORT_MAX_ROWS) {
      changes.push({
        line,
        label: shown(change.label),
        cells: change.cells.map((one) => ({ ...one, old: shown(one.old), new: shown(one.new) })),
      });
    }
  }

  const present = columns.filter((column) => position.has(column));
  const badRows = readable
    .filter(({ line }) => reasons.has(line))
    .map(({ line, cells }) => [...cells, String(line), (reasons.get(line) ?? []).join(" ")]);
  return {
    rows,
    badRows: badRows.length === 0 ? [] : [[...(head?.cells ?? []), "line", "reason"], ...badRows],
    report: {
      rows: body.length,
      emptyRows: records.length - filled.length,
      fileNotes: [...fileNotes],
      mode,
      ...counts,
      changes,
      digest: digest.update(digestText).digest("hex"),
      ignoredColumns: ignored
        .slice(0, REPORT_MAX_ROWS)
        .map((name) => (name === "" ? "(without a name)" : shown(name))),
      errorCount: errors.count,
      errors: errors.first,
      errorGroups: causes.mostFrequent(),
      noteCount: notes.count,
      notes: notes.first,
      sample: {
        header: present,
        rows: readable
          .slice(0, REPORT_SAMPLE_ROWS)
          .map(({ cells }) =>
            present.map((column) => shown(sampleCell(cells[position.get(column) ?? -1] ?? ""))),
          ),
      },
    },
  };
}

/** "1,000, with a thousands separator" or "1, with a decimal separator": an amount and what its only separator was taken for. */
function explained(text: string): string {
  const credits = parseCredits(text);
  const separator = text.includes(".") ? "decimal" : "thousands";
  return `${credits.ok ? formatCredits(credits.value) : text}, with a ${separator} separator`;
}

const ACTIVE = new Set(["active", "true", "yes", "1"]);
const INACTIVE = new Set(["inactive", "false", "no", "0"]);

/** The column status: active or inactive, or as spreadsheets write it: TRUE, yes, 1. Active where it is empty. */
export function readStatus(record: RecordReader<"status">): boolean | undefined {
  const status = record.cell("status").toLowerCase();
  if (status === "" || ACTIVE.has(status)) return true;
  if (INACTIVE.has(status)) return false;
  record.fault("status", "Must be active or inactive.");
  return undefined;
}

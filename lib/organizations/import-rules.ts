import type { z } from "zod";
import type { CsvRecord } from "#lib/csv.ts";
import {
  type ImportProgress,
  type ImportReport,
  type LineRemark,
  REPORT_MAX_ROWS,
  REPORT_SAMPLE_ROWS,
} from "#lib/imports/rules.ts";
import { foldForUniqueness, repairWindows1252 } from "#lib/text.ts";
import { codeKey, optionalCredits, organizationCode, organizationName } from "./rules.ts";

/** The columns of the file, in the order in which an export writes them. */
export const IMPORT_COLUMNS = [
  "name",
  "code",
  "credit_type",
  "monthly_allowance_per_member",
  "status",
] as const;
type Column = (typeof IMPORT_COLUMNS)[number];

/** A good row, ready to insert. */
export type ImportRow = {
  line: number;
  name: string;
  code: string;
  creditTypeId: number;
  active: boolean;
  monthlyAllowance: bigint | null;
};

/** What the portal already has, which a file is checked against. */
export type ImportContext = {
  creditTypes: readonly { id: number; name: string; archivedAt: Date | null }[];
  /** The name of the organization that has this code key, if any. */
  ownerOfCode: (codeKey: string) => string | undefined;
};

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

/** Checks every record of a file. The rows are worth importing only when the report has no error. */
export function checkOrganizations(
  records: readonly CsvRecord[],
  context: ImportContext,
  onProgress: (progress: ImportProgress) => void = () => {},
): { report: ImportReport; rows: ImportRow[] } {
  const errors = remarks();
  const notes = remarks();
  const rows: ImportRow[] = [];
  const [head, ...body] = records;
  const header = (head?.cells ?? []).map((cell) => cell.trim());
  const keys = header.map((cell) => cell.toLowerCase());
  const position = new Map<string, number>();
  for (const [index, key] of keys.entries()) {
    if (position.has(key) && (IMPORT_COLUMNS as readonly string[]).includes(key)) {
      errors.add(head?.line ?? 1, `The column ${key} stands there twice.`);
    }
    if (!position.has(key)) position.set(key, index);
  }
  const missing = IMPORT_COLUMNS.filter((column) => !position.has(column));
  if (!head) errors.add(1, "The file is empty.");
  else if (missing.length > 0) {
    const separator = header.length === 1 && /[;\t]/.exec(header[0] ?? "")?.[0];
    errors.add(
      head.line,
      separator
        ? `The columns are separated by ${separator === ";" ? "semicolons" : "tabs"}. Save the file with commas.`
        : `The header row lacks ${missing.join(", ")}.`,
    );
  } else if (body.length === 0) errors.add(head.line, "The file has a header row and no organization.");
  const ignoredColumns = header
    .filter((_cell, index) => !(IMPORT_COLUMNS as readonly string[]).includes(keys[index] ?? ""))
    .map((cell) => (cell === "" ? "(without a name)" : shown(cell)));

  const typeByName = new Map(context.creditTypes.map((type) => [foldForUniqueness(type.name), type]));
  const lineOfCode = new Map<string, number>();
  const readable = errors.count === 0 ? body : [];
  for (const [index, { line, cells }] of readable.entries()) {
    if (index % PROGRESS_EVERY === 0) onProgress({ step: "checking", done: index, total: body.length });
    if (cells.length !== header.length) {
      errors.add(line, `The row has ${cells.length} cells, the header ${header.length}.`);
      continue;
    }
    const cell = (column: Column) => cells[position.get(column) ?? -1] ?? "";
    const fault = (column: Column, message: string) => {
      errors.add(line, `${column}: ${message}`);
    };
    const read = <T extends z.ZodType>(
      column: Column,
      schema: T,
      text = cell(column),
    ): z.output<T> | undefined => {
      const parsed = schema.safeParse(text);
      if (parsed.success) return parsed.data;
      fault(column, parsed.error.issues[0]?.message ?? "Cannot be read.");
      return undefined;
    };

    const repaired = repairWindows1252(cell("name"));
    if (repaired !== cell("name")) notes.add(line, `name: read as ${repaired}`);
    const name = read("name", organizationName, repaired);
    const code = read("code", organizationCode);
    const monthlyAllowance = read("monthly_allowance_per_member", optionalCredits);
    const type = typeByName.get(foldForUniqueness(cell("credit_type")));
    if (!type) {
      fault(
        "credit_type",
        cell("credit_type") ? `There is no credit type named ${cell("credit_type")}.` : "Is empty.",
      );
    } else if (type.archivedAt) fault("credit_type", `${type.name} is archived.`);
    const status = cell("status").trim().toLowerCase();
    if (status !== "active" && status !== "inactive") fault("status", "Must be active or inactive.");
    if (code !== undefined) {
      const key = codeKey(code);
      const first = lineOfCode.get(key);
      const owner = context.ownerOfCode(key);
      if (first !== undefined) fault("code", `${code} stands on line ${first} already.`);
      else lineOfCode.set(key, line);
      if (owner !== undefined) fault("code", `${code} is taken by ${owner}.`);
    }
    if (name === undefined || code === undefined || monthlyAllowance === undefined || !type) continue;
    rows.push({ line, name, code, creditTypeId: type.id, active: status === "active", monthlyAllowance });
  }

  const active = rows.filter((row) => row.active).length;
  const places = IMPORT_COLUMNS.map((column) => position.get(column) ?? -1);
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
        header: [...IMPORT_COLUMNS],
        rows: readable
          .slice(0, REPORT_SAMPLE_ROWS)
          .map(({ cells }) => places.map((index) => shown(repairWindows1252(cells[index] ?? "")))),
      },
    },
  };
}

import { CREDIT_TYPE_NAME_MAX_CHARACTERS } from "#lib/credit-types/rules.ts";
import { plainCredits } from "#lib/credits.ts";
import { cellChanges, undoRecords, withoutClear } from "#lib/imports/row-changes.ts";
import type { CellChange, ImportMode, ImportProgress, ImportReport } from "#lib/imports/rules.ts";
import { checkTable, type RecordReader, readStatus, type Table } from "#lib/imports/table.ts";
import { codeKey, organizationCode } from "#lib/organization-codes/rules.ts";
import { tagsText } from "#lib/tags.ts";
import { foldForUniqueness, repairWindows1252 } from "#lib/text.ts";
import { optionalCredits, organizationName, organizationTags } from "./rules.ts";

/** The columns of the file, in the order in which an export writes them. */
export const IMPORT_COLUMNS = [
  "name",
  "code",
  "credit_type",
  "monthly_allowance_per_member",
  "status",
  "tags",
] as const;
type Column = (typeof IMPORT_COLUMNS)[number];

/** Those that a file must have: to change an organization, its code is enough. */
const REQUIRED_COLUMNS: Record<ImportMode, readonly Column[]> = {
  add: ["name", "code", "credit_type"],
  change: ["code"],
  both: ["code"],
};

/** A good row: an organization to insert, or one that exists as the row makes it. */
export type ImportRow = {
  line: number;
  name: string;
  code: string;
  creditTypeId: number;
  active: boolean;
  monthlyAllowance: bigint | null;
  tags: readonly string[];
  /** What the row changes; undefined for a new organization. */
  change?: { id: number; label: string; cells: CellChange[] };
};

/** An organization that the portal has. */
export type ExistingOrganization = {
  id: number;
  name: string;
  code: string;
  creditTypeId: number;
  active: boolean;
  monthlyAllowance: bigint | null;
  tags: readonly string[];
  creditsMoved: boolean;
};

type CreditType = { id: number; name: string; archivedAt: Date | null };

/** What the portal already has, which a file is checked against. */
export type ImportContext = {
  creditTypes: readonly CreditType[];
  /** By its code, or by one that it had. */
  organizationByCode: (code: string) => ExistingOrganization | undefined;
};

const EXISTS = {
  message: "The portal has an organization with this code already.",
  remedy: { kind: "change_existing" },
} as const;

const allowanceText = (allowance: bigint | null) => (allowance === null ? "" : plainCredits(allowance));
const statusText = (active: boolean) => (active ? "active" : "inactive");

/** Checks every record of a file. The rows are worth importing only when the report has no error. */
export function checkOrganizations(
  table: Table,
  context: ImportContext,
  mode: ImportMode = "add",
  onProgress?: (progress: ImportProgress) => void,
): { report: ImportReport; rows: ImportRow[]; badRows: string[][] } {
  const typeByName = new Map(context.creditTypes.map((type) => [foldForUniqueness(type.name), type]));
  const typeById = new Map(context.creditTypes.map((type) => [type.id, type]));
  const lineOfCode = new Map<string, number>();

  const readCreditType = ({ cell, fault }: RecordReader<Column>): CreditType | undefined => {
    const type = typeByName.get(foldForUniqueness(cell("credit_type")));
    if (type) return type;
    const name = cell("credit_type");
    if (name === "") fault("credit_type", "Is empty.");
    else {
      const message = `There is no credit type named ${name}.`;
      // A longer name is none that a credit type may have.
      const mayExist = name.length <= CREDIT_TYPE_NAME_MAX_CHARACTERS;
      fault("credit_type", message, {
        message,
        ...(mayExist && { remedy: { kind: "create_credit_type", name } }),
      });
    }
    return undefined;
  };

  const readName = ({ cell, note }: RecordReader<Column>): string => {
    const repaired = repairWindows1252(cell("name"));
    if (repaired !== cell("name")) note("name", `read as ${repaired}`);
    return repaired;
  };

  const readNew = (record: RecordReader<Column>, code: string | undefined): ImportRow | undefined => {
    const { line, read, fault, amount } = record;
    const name = read("name", organizationName, readName(record));
    const monthlyAllowance = read(
      "monthly_allowance_per_member",
      optionalCredits,
      withoutClear(amount("monthly_allowance_per_member")),
    );
    const type = readCreditType(record);
    if (type?.archivedAt) fault("credit_type", `${type.name} is archived.`);
    const active = readStatus(record);
    const tags = read("tags", organizationTags, withoutClear(record.cell("tags")));
    if (
      name === undefined ||
      code === undefined ||
      monthlyAllowance === undefined ||
      tags === undefined ||
      !type
    ) {
      return undefined;
    }
    return { line, name, code, creditTypeId: type.id, active: active === true, monthlyAllowance, tags };
  };

  const readChange = (
    record: RecordReader<Column>,
    existing: ExistingOrganization,
  ): ImportRow | undefined => {
    const { line, cell, fault, amount } = record;
    const { cells, next } = cellChanges(record);
    const name = next("name", existing.name, {
      schema: organizationName,
      text: readName(record),
      shown: (text) => text,
    });
    const type = cell("credit_type") === "" ? typeById.get(existing.creditTypeId) : readCreditType(record);
    if (type && type.id !== existing.creditTypeId) {
      if (existing.creditsMoved) fault("credit_type", "Cannot change once credits have moved.");
      else if (type.archivedAt) fault("credit_type", `${type.name} is archived.`);
      const old = typeById.get(existing.creditTypeId)?.name ?? "";
      cells.push({ column: "credit_type", old, new: type.name });
    }
    const monthlyAllowance = next("monthly_allowance_per_member", existing.monthlyAllowance, {
      schema: optionalCredits,
      text: amount("monthly_allowance_per_member", allowanceText(existing.monthlyAllowance)),
      shown: allowanceText,
      cleared: null,
    });
    const active = cell("status") === "" ? existing.active : readStatus(record);
    if (active !== undefined && active !== existing.active) {
      cells.push({ column: "status", old: statusText(existing.active), new: statusText(active) });
    }
    const tags = next("tags", existing.tags, {
      schema: organizationTags,
      shown: tagsText,
      cleared: [],
    });
    if (
      name === undefined ||
      monthlyAllowance === undefined ||
      !type ||
      active === undefined ||
      tags === undefined
    ) {
      return undefined;
    }
    const { id, code } = existing;
    const change = { id, label: `${existing.name} (${code})`, cells };
    return { line, name, code, creditTypeId: type.id, active, monthlyAllowance, tags, change };
  };

  return checkTable({
    columns: IMPORT_COLUMNS,
    required: REQUIRED_COLUMNS[mode],
    noun: "organization",
    mode,
    table,
    onProgress,
    sampleCell: repairWindows1252,
    readRow(record): ImportRow | undefined {
      const { line, read, fault } = record;
      const code = read("code", organizationCode);
      const existing = code === undefined ? undefined : context.organizationByCode(code);
      if (code !== undefined) {
        const key = codeKey(existing?.code ?? code);
        const first = lineOfCode.get(key);
        if (first !== undefined) {
          fault("code", `${code} is already on line ${first}.`, {
            message: "The code is already on an earlier line.",
          });
        } else lineOfCode.set(key, line);
      }
      if (existing && mode === "add") {
        fault("code", `${code} is taken by ${existing.name}.`, EXISTS);
      }
      if (existing && mode !== "add") return readChange(record, existing);
      if (mode === "change") {
        if (code !== undefined) {
          fault("code", `There is no organization with the code ${code}.`, {
            message: "There is no organization with this code.",
          });
        }
        return undefined;
      }
      return readNew(record, code);
    },
  });
}

/** The file that brings back what the rows change. */
export function undoOrganizations(rows: readonly ImportRow[]): string[][] {
  const changes = rows.flatMap(({ change, code }) => (change ? [{ key: [code], cells: change.cells }] : []));
  return undoRecords(["code"], IMPORT_COLUMNS, changes);
}

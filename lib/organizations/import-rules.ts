import type { ImportProgress, ImportReport } from "#lib/imports/rules.ts";
import { checkTable, readStatus, type Table } from "#lib/imports/table.ts";
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

/** Those that a file must have. */
const REQUIRED_COLUMNS = ["name", "code", "credit_type"] as const;

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

/** Checks every record of a file. The rows are worth importing only when the report has no error. */
export function checkOrganizations(
  table: Table,
  context: ImportContext,
  onProgress?: (progress: ImportProgress) => void,
): { report: ImportReport; rows: ImportRow[] } {
  const typeByName = new Map(context.creditTypes.map((type) => [foldForUniqueness(type.name), type]));
  const lineOfCode = new Map<string, number>();
  return checkTable({
    columns: IMPORT_COLUMNS,
    required: REQUIRED_COLUMNS,
    noun: "organization",
    table,
    onProgress,
    sampleCell: repairWindows1252,
    readRow(record): ImportRow | undefined {
      const { line, cell, read, fault, note } = record;
      const repaired = repairWindows1252(cell("name"));
      if (repaired !== cell("name")) note("name", `read as ${repaired}`);
      const name = read("name", organizationName, repaired);
      const code = read("code", organizationCode);
      const monthlyAllowance = read(
        "monthly_allowance_per_member",
        optionalCredits,
        record.amount("monthly_allowance_per_member"),
      );
      const type = typeByName.get(foldForUniqueness(cell("credit_type")));
      if (!type) {
        fault(
          "credit_type",
          cell("credit_type") ? `There is no credit type named ${cell("credit_type")}.` : "Is empty.",
        );
      } else if (type.archivedAt) fault("credit_type", `${type.name} is archived.`);
      const active = readStatus(record);
      if (code !== undefined) {
        const key = codeKey(code);
        const first = lineOfCode.get(key);
        const owner = context.ownerOfCode(key);
        if (first !== undefined) fault("code", `${code} is already on line ${first}.`);
        else lineOfCode.set(key, line);
        if (owner !== undefined) fault("code", `${code} is taken by ${owner}.`);
      }
      if (name === undefined || code === undefined || monthlyAllowance === undefined || !type)
        return undefined;
      return { line, name, code, creditTypeId: type.id, active: active === true, monthlyAllowance };
    },
  });
}

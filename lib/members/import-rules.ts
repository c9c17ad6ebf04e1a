import { emailAddress, emailKey } from "#lib/email.ts";
import type { ImportProgress, ImportReport } from "#lib/imports/rules.ts";
import { checkTable, readStatus, type Table } from "#lib/imports/table.ts";
import { codeKey } from "#lib/organizations/rules.ts";
import { repairWindows1252 } from "#lib/text.ts";
import type { NewMembership } from "./commands.ts";
import { allowanceCell, memberName, memberRole, nameFromEmail } from "./rules.ts";

/** The columns of the file, in the order in which an export writes them. */
export const IMPORT_COLUMNS = [
  "organization",
  "name",
  "email",
  "role",
  "monthly_allowance",
  "status",
] as const;

/** Those that a file must have. */
const REQUIRED_COLUMNS = ["organization", "email"] as const;

/** A good row, ready to insert. */
export type ImportRow = NewMembership & { line: number };

/** What the portal already has, which a file is checked against. */
export type ImportContext = {
  organizationByCode: (codeKey: string) => { id: number; code: string } | undefined;
  memberByEmail: (emailKey: string) => { id: number; name: string; email: string } | undefined;
  isMember: (organizationId: number, memberId: number) => boolean;
};

/** Checks every record of a file. The rows are worth importing only when the report has no error. */
export function checkMembers(
  table: Table,
  context: ImportContext,
  onProgress?: (progress: ImportProgress) => void,
): { report: ImportReport; rows: ImportRow[] } {
  const lineOfMembership = new Map<string, number>();
  /** People who are new with this file: what its first line about them says. */
  const named = new Map<string, { line: number; name: string; email: string }>();
  // A file names few organizations, again and again.
  const organizations = new Map<string, ReturnType<ImportContext["organizationByCode"]>>();
  const organizationOf = (code: string) => {
    const key = codeKey(code);
    if (!organizations.has(key)) organizations.set(key, context.organizationByCode(key));
    return organizations.get(key);
  };
  return checkTable({
    columns: IMPORT_COLUMNS,
    required: REQUIRED_COLUMNS,
    noun: "member",
    table,
    onProgress,
    sampleCell: repairWindows1252,
    readRow(record): ImportRow | undefined {
      const { line, cell, read, fault, note } = record;
      const code = cell("organization");
      const organization = code === "" ? undefined : organizationOf(code);
      if (!organization) {
        fault("organization", code === "" ? "Is empty." : `There is no organization with the code ${code}.`);
      }
      const repaired = repairWindows1252(cell("name"));
      if (repaired !== cell("name")) note("name", `read as ${repaired}`);
      const email = read("email", emailAddress);
      // A file without names calls a person by the part of the e-mail before the @, as usage does.
      const name =
        repaired === "" && email !== undefined ? nameFromEmail(email) : read("name", memberName, repaired);
      const role = cell("role") === "" ? "viewer" : read("role", memberRole, cell("role").toLowerCase());
      const allowance = read("monthly_allowance", allowanceCell, record.amount("monthly_allowance"));
      const active = readStatus(record);
      if (email !== undefined) {
        const key = emailKey(email);
        const known = context.memberByEmail(key);
        if (organization) {
          const membership = `${organization.id} ${key}`;
          const first = lineOfMembership.get(membership);
          if (first !== undefined) {
            fault("email", `${email} in ${organization.code} is already on line ${first}.`);
          } else lineOfMembership.set(membership, line);
          if (known && context.isMember(organization.id, known.id)) {
            fault("email", `${email} is already a member of ${organization.code}.`);
          }
        }
        const person = known ?? named.get(key);
        if (!person && name !== undefined) named.set(key, { line, name, email });
        if (person && repaired !== "" && name !== undefined && person.name !== name) {
          const where = known ? "in the portal" : `on line ${named.get(key)?.line}`;
          note("name", `${email} is ${person.name} ${where}; that name is kept instead of ${name}.`);
        }
        if (person && person.email !== email) note("email", `kept as ${person.email}`);
      }
      if (!organization || name === undefined || email === undefined || !role || !allowance) return undefined;
      return {
        line,
        organizationId: organization.id,
        name,
        email,
        role,
        active: active === true,
        ...allowance,
      };
    },
  });
}

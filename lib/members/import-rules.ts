import { emailAddress, emailKey } from "#lib/email.ts";
import { cellChanges, undoRecords, withoutClear } from "#lib/imports/row-changes.ts";
import type { CellChange, ImportMode, ImportProgress, ImportReport } from "#lib/imports/rules.ts";
import { checkTable, type RecordReader, readStatus, type Table } from "#lib/imports/table.ts";
import { codeKey } from "#lib/organization-codes/rules.ts";
import { repairWindows1252 } from "#lib/text.ts";
import type { NewMembership } from "./commands/insert.ts";
import {
  type AllowanceChoice,
  allowanceCell,
  allowanceText,
  type MemberRole,
  memberName,
  memberRole,
  nameFromEmail,
} from "./rules.ts";

/** The columns of the file, in the order in which an export writes them. */
export const IMPORT_COLUMNS = [
  "organization",
  "name",
  "email",
  "role",
  "monthly_allowance",
  "status",
] as const;
type Column = (typeof IMPORT_COLUMNS)[number];

/** Those that a file must have. */
const REQUIRED_COLUMNS: readonly Column[] = ["organization", "email"];

/** A good row: a membership to insert, or one that exists as the row makes it. */
export type ImportRow = NewMembership & {
  line: number;
  /** The organization's code and the person's email as the portal has them. */
  code: string;
  /** What the row changes; undefined for a new membership. */
  change?: { id: number; memberId: number; label: string; cells: CellChange[] };
};

/** A membership that the portal has. */
export type ExistingMembership = { id: number; role: MemberRole; active: boolean } & AllowanceChoice;

/** What the portal already has for the user, which a file is checked against. */
export type ImportContext = {
  /** Whether the user sees a part of the enterprise, so that there may be people elsewhere. */
  isPart: boolean;
  /** By its code, or by one that it had. */
  organizationByCode: (code: string) => { id: number; code: string; isManaged: boolean } | undefined;
  /**
   * By the email that they have, or by one that they had. Somebody who is a member elsewhere alone is nobody, so that a
   * report tells neither whose emails the portal has nor which two belong to one person.
   */
  memberByEmail: (emailKey: string) => { id: number; name: string; email: string } | undefined;
  /** Whether the user may change the name of a person, which is the same in every organization. */
  mayRename: (memberId: number) => boolean;
  membershipOf: (organizationId: number, memberId: number) => ExistingMembership | undefined;
};

/** Checks every record of a file. The rows are worth importing only when the report has no error. */
export function checkMembers(
  table: Table,
  context: ImportContext,
  mode: ImportMode = "add",
  onProgress?: (progress: ImportProgress) => void,
): { report: ImportReport; rows: ImportRow[]; badRows: string[][] } {
  const lineOfMembership = new Map<string, number>();
  /** The people that the file adds or renames, with the values of the first line about each. */
  const firstNames = new Map<string, { line: number; name: string; email: string }>();
  // A file names few organizations, again and again.
  const organizations = new Map<string, ReturnType<ImportContext["organizationByCode"]>>();
  const organizationOf = (code: string) => {
    const key = codeKey(code);
    if (!organizations.has(key)) organizations.set(key, context.organizationByCode(code));
    return organizations.get(key);
  };
  let mayKeepNames = false;
  const nameCell = ({ cell, note }: RecordReader<Column>): string => {
    const repaired = repairWindows1252(cell("name"));
    if (repaired !== cell("name")) note("name", `read as ${repaired}`);
    return repaired;
  };

  const readNew = (
    record: RecordReader<Column>,
    organization: { id: number; code: string } | undefined,
    email: string | undefined,
  ): ImportRow | undefined => {
    const { line, cell, read, note, amount } = record;
    const typed = nameCell(record);
    // A file without names calls a person by the part of the email before the @, as usage does.
    const name = typed === "" && email !== undefined ? nameFromEmail(email) : read("name", memberName, typed);
    const role = cell("role") === "" ? "viewer" : read("role", memberRole, cell("role").toLowerCase());
    const allowance = read("monthly_allowance", allowanceCell, withoutClear(amount("monthly_allowance")));
    const active = readStatus(record);
    if (email !== undefined && name !== undefined) {
      const existing = context.memberByEmail(emailKey(email));
      const first = firstNames.get(emailKey(email));
      const person = existing ?? first;
      if (!person) firstNames.set(emailKey(email), { line, name, email });
      if (!existing && typed !== "") mayKeepNames = true;
      if (person && typed !== "" && person.name !== name) {
        const where = existing ? "in the portal" : `on line ${first?.line}`;
        note("name", `${email} is ${person.name} ${where}; that name is kept instead of ${name}.`);
      }
      if (person && person.email !== email) note("email", `kept as ${person.email}`);
    }
    if (!organization || name === undefined || email === undefined || !role || !allowance) return undefined;
    const { id: organizationId, code } = organization;
    return { line, code, organizationId, name, email, role, active: active === true, ...allowance };
  };

  const readChange = (
    record: RecordReader<Column>,
    organization: { id: number; code: string },
    person: { id: number; name: string; email: string },
    membership: ExistingMembership,
  ): ImportRow | undefined => {
    const { line, cell, fault, amount } = record;
    const { cells, next } = cellChanges(record);
    const first = firstNames.get(emailKey(person.email));
    const name = next("name", first?.name ?? person.name, {
      schema: memberName,
      text: nameCell(record),
      shown: (text) => text,
    });
    if (name !== undefined && cell("name") !== "") {
      if (first && first.name !== name) {
        fault("name", `${person.email} is ${first.name} on line ${first.line}; a person has one name.`);
      }
      if (!first) firstNames.set(emailKey(person.email), { line, name, email: person.email });
      if (name !== person.name && !context.mayRename(person.id)) {
        fault(
          "name",
          `${person.email} is also a member of organizations that you do not manage. Ask an admin of the enterprise to change the name.`,
        );
      }
    }
    const role = next("role", membership.role, {
      schema: memberRole,
      text: cell("role").toLowerCase(),
      shown: (text) => text,
    });
    const allowance = next<AllowanceChoice>("monthly_allowance", membership, {
      schema: allowanceCell,
      text: amount("monthly_allowance", allowanceText(membership)),
      shown: allowanceText,
      cleared: { allowance: "organization", monthlyAllowance: null },
    });
    const active = cell("status") === "" ? membership.active : readStatus(record);
    if (active !== undefined && active !== membership.active) {
      const text = (value: boolean) => (value ? "active" : "inactive");
      cells.push({ column: "status", old: text(membership.active), new: text(active) });
    }
    if (name === undefined || !role || !allowance || active === undefined) return undefined;
    const { code, id: organizationId } = organization;
    const { email } = person;
    const label = `${person.name} (${email}) in ${code}`;
    const change = { id: membership.id, memberId: person.id, label, cells };
    return { ...choiceOf(allowance), line, code, organizationId, name, email, role, active, change };
  };

  const { report, rows, badRows } = checkTable({
    columns: IMPORT_COLUMNS,
    required: REQUIRED_COLUMNS,
    noun: "member",
    mode,
    table,
    onProgress,
    sampleCell: repairWindows1252,
    readRow(record): ImportRow | undefined {
      const { line, cell, read, fault } = record;
      const code = cell("organization");
      const organization = code === "" ? undefined : organizationOf(code);
      if (!organization) {
        if (code === "") fault("organization", "Is empty.");
        else {
          const message = `There is no organization with the code ${code}.`;
          fault("organization", message, { message, remedy: { kind: "create_organization", code } });
        }
      }
      if (organization && !organization.isManaged) {
        fault("organization", `You may not change the members of ${organization.code}.`);
      }
      const email = read("email", emailAddress);
      const person = email === undefined ? undefined : context.memberByEmail(emailKey(email));
      const membership = organization && person && context.membershipOf(organization.id, person.id);
      if (email !== undefined && organization) {
        const key = `${organization.id} ${emailKey(person?.email ?? email)}`;
        const first = lineOfMembership.get(key);
        if (first !== undefined) {
          fault("email", `${email} in ${organization.code} is already on line ${first}.`, {
            message: "The person is already on an earlier line with this organization.",
          });
        } else lineOfMembership.set(key, line);
        if (membership && mode === "add") {
          fault("email", `${email} is already a member of ${organization.code}.`, {
            message: "The person is a member of this organization already.",
            remedy: { kind: "change_existing" },
          });
        }
        if (!membership && mode === "change") {
          fault("email", `${email} is not a member of ${organization.code}.`, {
            message: "The person is not a member of this organization.",
          });
        }
      }
      if (membership && mode !== "add") return readChange(record, organization, person, membership);
      return mode === "change" ? undefined : readNew(record, organization, email);
    },
  });
  const organizationIds = [...organizations.values()].flatMap((organization) => organization?.id ?? []);
  const fileNotes = context.isPart && mayKeepNames ? [...report.fileNotes, NAMES_KEPT] : report.fileNotes;
  return { report: { ...report, fileNotes, organizationIds }, rows, badRows };
}

/** Said of every file that adds people, because it must not tell which of them are members elsewhere. */
const NAMES_KEPT =
  "Where the portal has a person with one of these emails already, that person keeps the name.";

/** The allowance alone, because a membership of the portal has more fields. */
function choiceOf(choice: AllowanceChoice): AllowanceChoice {
  return choice.allowance === "own"
    ? { allowance: choice.allowance, monthlyAllowance: choice.monthlyAllowance }
    : { allowance: choice.allowance, monthlyAllowance: null };
}

/** The file that brings back what the rows change. */
export function undoMembers(rows: readonly ImportRow[]): string[][] {
  const changes = rows.flatMap(({ change, code, email }) =>
    change ? [{ key: [code, email], cells: change.cells }] : [],
  );
  return undoRecords(["organization", "email"], IMPORT_COLUMNS, changes);
}

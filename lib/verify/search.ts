import type Sqlite from "better-sqlite3";
import { emailKey } from "#lib/email.ts";
import { memberSearchColumns } from "#lib/members/rules.ts";
import { codeKey } from "#lib/organization-codes/rules.ts";
import { searchColumns } from "#lib/organizations/rules.ts";
import { foldForUniqueness } from "#lib/text.ts";
import type { Fault } from "./report.ts";

type Derived = {
  table: string;
  label: string;
  columns: string[];
  keys: (row: Record<string, string>) => object;
};

/** Columns that are computed from others, and how. */
const DERIVED: Derived[] = [
  {
    table: "organizations",
    label: "code",
    columns: ["name", "code", "name_key", "code_key", "search_text"],
    keys: ({ name = "", code = "" }) => {
      const { nameKey, searchText } = searchColumns(name, code);
      return { name_key: nameKey, search_text: searchText, code_key: codeKey(code) };
    },
  },
  {
    table: "organization_former_codes",
    label: "code",
    columns: ["code", "code_key"],
    keys: ({ code = "" }) => ({ code_key: codeKey(code) }),
  },
  {
    table: "members",
    label: "email",
    columns: [
      ...["name", "email", "name_key", "email_key", "search_text"],
      `(SELECT group_concat(a.email, char(10) ORDER BY a.id) FROM member_aliases a WHERE a.member_id = members.id)
        AS former_emails`,
    ],
    keys: ({ name = "", email = "", former_emails: formerEmails }) => {
      const { nameKey, searchText } = memberSearchColumns(name, email, formerEmails?.split("\n"));
      return { name_key: nameKey, search_text: searchText, email_key: emailKey(email) };
    },
  },
  {
    table: "member_aliases",
    label: "email",
    columns: ["email", "email_key"],
    keys: ({ email = "" }) => ({ email_key: emailKey(email) }),
  },
  {
    table: "credit_types",
    label: "name",
    columns: ["name", "name_key"],
    keys: ({ name = "" }) => ({ name_key: foldForUniqueness(name) }),
  },
  {
    table: "applications",
    label: "name",
    columns: ["name", "name_key"],
    keys: ({ name = "" }) => ({ name_key: foldForUniqueness(name) }),
  },
];

/** Sort keys, unique keys and search texts are those of the names that they are computed from. */
export function checkDerivedColumns(sqlite: Sqlite.Database, fault: Fault): void {
  for (const { table, label, columns, keys } of DERIVED) {
    const rows = sqlite
      .prepare(`SELECT id, ${columns.join(", ")} FROM ${table} ORDER BY id`)
      .iterate() as IterableIterator<Record<string, string>>;
    for (const row of rows) {
      for (const [column, truth] of Object.entries(keys(row))) {
        if (row[column] !== truth) {
          fault(`${table} ${row.id} (${row[label]})`, `${column} does not belong to its name`);
        }
      }
    }
  }
  const taken = sqlite
    .prepare(
      `SELECT f.id, o.code FROM organization_former_codes f JOIN organizations o ON o.code_key = f.code_key`,
    )
    .iterate() as IterableIterator<{ id: bigint; code: string }>;
  for (const { id, code } of taken) {
    fault(`organization_former_codes ${id}`, `${code} is also the code of an organization`);
  }
  const named = sqlite
    .prepare(`SELECT a.id, m.email FROM member_aliases a JOIN members m ON m.email_key = a.email_key`)
    .iterate() as IterableIterator<{ id: bigint; email: string }>;
  for (const { id, email } of named) fault(`member_aliases ${id}`, `${email} is also the email of a member`);
  const unlike = sqlite
    .prepare(
      `SELECT m.id FROM memberships m JOIN members p ON p.id = m.member_id WHERE m.name_key IS NOT p.name_key`,
    )
    .iterate() as IterableIterator<{ id: bigint }>;
  for (const { id } of unlike) fault(`memberships ${id}`, "name_key is not its member's");
}

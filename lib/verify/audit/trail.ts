import type Sqlite from "better-sqlite3";
import type { Fault } from "../report.ts";
import { checkDefaultRules } from "./default-rules.ts";
import { checkFormerNames } from "./former-names.ts";
import { checkMoney } from "./money.ts";
import { checkOrganizations } from "./organizations.ts";
import { checkRates } from "./rates.ts";
import { RECORDED, REMOVALS, type Row, SUBJECTS, type Subject } from "./subjects.ts";
import { parsed, type Values } from "./values.ts";

/**
 * Compares each value with the last audit entry about it. This finds a name, a role, a status, an allowance, a rate, a
 * key's organization or an approved domain that was changed in the database without the portal, a row that no audit
 * entry created, and an entry that another organization would see.
 */
export function checkAuditTrail(sqlite: Sqlite.Database, fault: Fault): void {
  for (const subject of SUBJECTS) checkSubjects(sqlite, subject, fault);
  for (const { kind, table, where = "1" } of SUBJECTS) {
    if (!RECORDED.includes(kind)) continue;
    const rows = sqlite
      .prepare(
        `SELECT id FROM ${table} t WHERE ${where} AND NOT EXISTS
           (SELECT 1 FROM audit_entries a WHERE a.subject_kind = ? AND a.subject_id = t.id)`,
      )
      .pluck()
      .iterate(kind) as IterableIterator<bigint>;
    for (const id of rows)
      fault(`${kind} ${id}`, "was not added by the portal: there is no audit entry about it");
  }
  checkDefaultRules(sqlite, fault);
  checkUnrecorded(sqlite, fault);
  checkMoney(sqlite, fault);
  checkRates(sqlite, fault);
  checkOrganizations(sqlite, fault);
  checkFormerNames(sqlite, fault);
}

/** Changes without any audit entry, in tables of which a row may be as it was at the beginning. */
const UNRECORDED = [
  {
    kind: "portal_user",
    sql: `SELECT portal_user_id FROM mail_recipients r WHERE NOT EXISTS (SELECT 1 FROM audit_entries a
      WHERE a.subject_kind = 'portal_user' AND a.subject_id = r.portal_user_id AND a.action = 'mail_preference.updated')`,
    message: "gets mails by a choice that no audit entry sets",
  },
];

function checkUnrecorded(sqlite: Sqlite.Database, fault: Fault): void {
  for (const { kind, sql, message } of UNRECORDED) {
    for (const id of sqlite.prepare(sql).pluck().iterate()) fault(`${kind} ${id}`, message);
  }
}

type Entry = { id: bigint; action: string; subject_id: bigint; after: string | null };

function checkSubjects(sqlite: Sqlite.Database, subject: Subject, fault: Fault): void {
  const { kind, start = {}, given = (_action: string, after: Values) => after } = subject;
  // Prepared before the rows are opened, because a damaged schema fails here, and open rows would keep the database open.
  const selectEntries = sqlite.prepare(
    `SELECT id, action, subject_id, after FROM audit_entries
     WHERE subject_kind = ? AND subject_id IS NOT NULL ORDER BY subject_id, id`,
  );
  // Both statements read in the order of ids, which takes a quarter of the time of one lookup per row.
  const rows = sqlite.prepare(subject.sql).iterate() as IterableIterator<Row & { id: bigint }>;
  let row = rows.next();
  const rowOf = (id: bigint): Row | undefined => {
    while (!row.done && row.value.id < id) row = rows.next();
    return !row.done && row.value.id === id ? row.value : undefined;
  };
  const begin = () =>
    new Map(Object.entries(start).map(([field, value]) => [field, { value, entry: null as bigint | null }]));
  const compare = (id: bigint, trail: ReturnType<typeof begin>, isRemoved: boolean) => {
    const row = rowOf(id);
    const name = `${kind} ${id}`;
    if (isRemoved) {
      if (row) fault(name, "exists, but an audit entry removed it");
      return;
    }
    if (!row) {
      fault(name, "is missing, but there are audit entries about it");
      return;
    }
    for (const [field, value] of Object.entries(subject.now(row))) {
      const last = trail.get(field);
      if (!last || last.value === value) continue;
      const reference = subject.names?.[field];
      const referred = reference && row[reference.id];
      if (reference && referred && wasCalled(sqlite, reference, referred, last.value)) continue;
      const source =
        last.entry === null
          ? "no audit entry sets it"
          : `but audit entry ${last.entry} has ${JSON.stringify(last.value)}`;
      fault(name, `${field} is ${JSON.stringify(value)}, ${source}`);
    }
  };
  let current: bigint | null = null;
  let trail = begin();
  let isRemoved = false;
  try {
    for (const { id, action, subject_id, after } of selectEntries.iterate(kind) as IterableIterator<Entry>) {
      if (current !== null && current !== subject_id) {
        compare(current, trail, isRemoved);
        trail = begin();
        isRemoved = false;
      }
      current = subject_id;
      // SQLite gives the id of the last row again after that row was deleted.
      if (isRemoved && !REMOVALS.includes(action)) trail = begin();
      isRemoved = REMOVALS.includes(action);
      const values = given(action, parsed(after));
      for (const [field, value] of Object.entries(values ?? {})) trail.set(field, { value, entry: id });
    }
    if (current !== null) compare(current, trail, isRemoved);
    else if (subject.first !== undefined) compare(subject.first, trail, false);
  } finally {
    rows.return?.();
  }
}

/** Whether the other row ever had this name. An entry has the name of its time, and names change. */
function wasCalled(
  sqlite: Sqlite.Database,
  { kind, field }: { kind: string; field: string },
  id: unknown,
  name: unknown,
): boolean {
  const texts = sqlite
    .prepare("SELECT before, after FROM audit_entries WHERE subject_kind = ? AND subject_id = ?")
    .raw()
    .all(kind, id) as (string | null)[][];
  return texts.flat().some((text) => parsed(text)[field] === name);
}

import type Sqlite from "better-sqlite3";
import { type AuditRow, auditHash, GENESIS_HASH } from "#lib/audit/commands.ts";
import { plainCredits } from "#lib/credits.ts";
import { type AllowanceChoice, allowanceText } from "#lib/members/rules.ts";
import type { Fault } from "./report.ts";

type Stored = {
  id: bigint;
  at: bigint;
  actor_kind: AuditRow["actorKind"];
  actor_id: bigint | null;
  actor_label: string;
  address: string | null;
  action: string;
  subject_kind: string;
  subject_id: bigint | null;
  subject_label: string;
  before: string | null;
  after: string | null;
  previous_hash: string;
  hash: string;
};

const number = (value: bigint | null) => (value === null ? null : Number(value));

/** Walks the chain: every entry has its own hash and the hash before it, none is missing, none was put in. */
export function checkAuditChain(sqlite: Sqlite.Database, fault: Fault): { entries: number; hash: string } {
  const rows = sqlite
    .prepare("SELECT * FROM audit_entries ORDER BY id")
    .iterate() as IterableIterator<Stored>;
  let entries = 0;
  let expectedId = 1n;
  let previous = GENESIS_HASH;
  for (const row of rows) {
    const name = `audit_entries ${row.id}`;
    entries += 1;
    if (row.id > expectedId) {
      const missing = row.id - 1n === expectedId ? `${expectedId} is` : `${expectedId} to ${row.id - 1n} are`;
      fault(name, `before it, ${missing} missing`);
    } else if (row.id < expectedId) fault(name, "was put in before the first");
    if (row.previous_hash !== previous) fault(name, "does not follow on the entry before it");
    const hash = auditHash({
      id: Number(row.id),
      at: new Date(Number(row.at)),
      actorKind: row.actor_kind,
      actorId: number(row.actor_id),
      actorLabel: row.actor_label,
      address: row.address,
      action: row.action,
      subjectKind: row.subject_kind,
      subjectId: number(row.subject_id),
      subjectLabel: row.subject_label,
      before: row.before,
      after: row.after,
      previousHash: row.previous_hash,
    });
    if (hash !== row.hash) fault(name, "was altered: its hash is not that of what it says");
    previous = row.hash;
    expectedId = row.id + 1n;
  }
  const end = sqlite.prepare("SELECT last_id, last_hash FROM audit_end").get() as
    | { last_id: bigint; last_hash: string }
    | undefined;
  if (!end) fault("audit_end", "is missing, so nothing says which entry is the last");
  else if (end.last_id >= expectedId) {
    fault(`audit_entries ${end.last_id}`, `is missing: the entries end at ${expectedId - 1n}`);
  } else if (end.last_id !== expectedId - 1n) {
    fault(`audit_entries ${expectedId - 1n}`, `was added after the last entry, ${end.last_id}`);
  } else if (end.last_hash !== previous) {
    fault(`audit_entries ${end.last_id}`, "is not the last entry that was written");
  }
  return { entries, hash: previous };
}

type Subject = {
  kind: string;
  sql: string;
  /** What an audit entry's `after` calls each figure, and the figure now. */
  now: (row: Record<string, unknown>) => Record<string, unknown>;
};

const credits = (value: unknown) => (typeof value === "bigint" ? plainCredits(value) : null);
const status = (value: unknown) => (value === 1n ? "active" : "inactive");

const SUBJECTS: Subject[] = [
  {
    kind: "organization",
    sql: "SELECT * FROM organizations WHERE id = ?",
    now: (row) => ({
      name: row.name,
      code: row.code,
      status: status(row.active),
      monthlyAllowance: credits(row.monthly_allowance),
    }),
  },
  {
    kind: "membership",
    sql: "SELECT * FROM memberships WHERE id = ?",
    now: (row) => ({
      role: row.role,
      status: status(row.active),
      monthlyAllowance: allowanceText({
        allowance: row.allowance as AllowanceChoice["allowance"],
        monthlyAllowance: row.monthly_allowance as bigint | null,
      }),
    }),
  },
  {
    kind: "member",
    sql: "SELECT * FROM members WHERE id = ?",
    now: (row) => ({ name: row.name, email: row.email }),
  },
  {
    kind: "credit_type",
    sql: "SELECT * FROM credit_types WHERE id = ?",
    now: (row) => ({
      name: row.name,
      currency: row.currency,
      exchangeRate: credits(row.exchange_rate),
    }),
  },
  {
    kind: "settings",
    sql: "SELECT * FROM settings WHERE id = ?",
    now: (row) => ({
      enterpriseName: row.enterprise_name,
      timeZone: row.time_zone,
      dateFormat: row.date_format,
    }),
  },
];

/**
 * What is set today is what the last audit entry about it says: a name, a status, an allowance or a rate that was
 * changed past the portal shows here.
 */
export function checkAuditTrail(sqlite: Sqlite.Database, fault: Fault): void {
  for (const { kind, sql, now } of SUBJECTS) {
    const find = sqlite.prepare(sql);
    const compare = (id: bigint, said: Map<string, { value: unknown; entry: bigint }>) => {
      const row = find.get(id) as Record<string, unknown> | undefined;
      const name = `${kind} ${id}`;
      if (!row) {
        fault(name, "is gone, though the audit entries speak of it");
        return;
      }
      for (const [field, value] of Object.entries(now(row))) {
        const last = said.get(field);
        if (last && last.value !== value) {
          fault(
            name,
            `${field} is ${JSON.stringify(value)}, audit entry ${last.entry} says ${JSON.stringify(last.value)}`,
          );
        }
      }
    };
    let subject: bigint | null = null;
    let said = new Map<string, { value: unknown; entry: bigint }>();
    const entries = sqlite
      .prepare(
        `SELECT id, subject_id, after FROM audit_entries
         WHERE subject_kind = ? AND subject_id IS NOT NULL AND after IS NOT NULL ORDER BY subject_id, id`,
      )
      .iterate(kind) as IterableIterator<{ id: bigint; subject_id: bigint; after: string }>;
    // Lookups run after the walk of each subject, on a statement of their own.
    for (const { id, subject_id, after } of entries) {
      if (subject !== null && subject !== subject_id) {
        compare(subject, said);
        said = new Map();
      }
      subject = subject_id;
      for (const [field, value] of Object.entries(parsed(after))) said.set(field, { value, entry: id });
    }
    if (subject !== null) compare(subject, said);
  }
}

/** A text that is no JSON object any more is the chain's to report. */
function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

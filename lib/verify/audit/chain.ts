import type Sqlite from "better-sqlite3";
import { type AuditRow, auditHash, GENESIS_HASH } from "#lib/audit/commands.ts";
import type { Fault } from "../report.ts";

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

/**
 * Reads the whole chain. Checks that every entry has its own hash and the hash before it, and that no entry is missing
 * or was inserted.
 */
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
    } else if (row.id < expectedId) fault(name, "was inserted before the first");
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
    if (hash !== row.hash) fault(name, "was altered: its hash does not match its content");
    previous = row.hash;
    expectedId = row.id + 1n;
  }
  const end = sqlite.prepare("SELECT last_id, last_hash FROM audit_end").get() as
    | { last_id: bigint; last_hash: string }
    | undefined;
  if (!end) fault("audit_end", "is missing, so the last entry is unknown");
  else if (end.last_id >= expectedId) {
    fault(`audit_entries ${end.last_id}`, `is missing: the entries end at ${expectedId - 1n}`);
  } else if (end.last_id !== expectedId - 1n) {
    fault(`audit_entries ${expectedId - 1n}`, `was added after the last entry, ${end.last_id}`);
  } else if (end.last_hash !== previous) {
    fault(`audit_entries ${end.last_id}`, "is not the last entry that was written");
  }
  return { entries, hash: previous };
}

import type Sqlite from "better-sqlite3";
import type { Fault } from "./report.ts";

type Row = {
  id: bigint;
  kind: string;
  created_at: bigint;
  first_audit_id: bigint;
  last_audit_id: bigint;
  first_entry_id: bigint | null;
  last_entry_id: bigint | null;
  reverses_id: bigint | null;
  audited_kind: string | null;
  audited_changes: bigint | null;
  audited_reverses: bigint | null;
  at: bigint | null;
  audited_entries: bigint;
  entries: bigint;
};

/**
 * Each batch is as the audit entry about it has it, the entries before that one are its changes, and its ledger entries are
 * those that these name and that have its id. No audit entry about a batch is without one.
 */
export function checkBatches(sqlite: Sqlite.Database, fault: Fault): void {
  const rows = sqlite
    .prepare(
      `SELECT b.*, a.at, a.after ->> '$.kind' AS audited_kind, a.after ->> '$.changes' AS audited_changes,
         a.after ->> '$.reversesBatch' AS audited_reverses,
         (SELECT count(*) FROM audit_entries c WHERE c.id BETWEEN b.first_audit_id AND b.last_audit_id - 1
           AND CASE WHEN json_valid(c.after) THEN c.after ->> '$.entry' END BETWEEN b.first_entry_id AND b.last_entry_id) AS audited_entries,
         (SELECT count(*) FROM ledger_entries e WHERE e.id BETWEEN b.first_entry_id AND b.last_entry_id
           AND e.external_id = b.request_id AND e.source = 'portal' AND e.request_hash = b.request_hash) AS entries
       FROM batches b LEFT JOIN audit_entries a ON a.id = b.last_audit_id AND a.action = 'batch.recorded'
         AND a.subject_id = b.id AND json_valid(a.after) ORDER BY b.id`,
    )
    .iterate() as IterableIterator<Row>;
  for (const row of rows) {
    const name = `batches ${row.id}`;
    const differs = (what: string, value: unknown, truth: unknown) =>
      fault(name, `${what} is ${value}, it should be ${truth}`);
    if (row.at === null) {
      fault(name, `audit entry ${row.last_audit_id} is not about it`);
      continue;
    }
    if (row.kind !== row.audited_kind) differs("kind", row.kind, row.audited_kind);
    if (row.created_at !== row.at) differs("created_at", row.created_at, row.at);
    if (row.reverses_id !== row.audited_reverses) {
      differs("reverses_id", row.reverses_id ?? "empty", row.audited_reverses ?? "empty");
    }
    const changes = row.last_audit_id - row.first_audit_id;
    if (changes !== row.audited_changes) differs("the number of its changes", changes, row.audited_changes);
    if (row.first_entry_id === null || row.last_entry_id === null) {
      const isOfCredits = row.kind === "allocation" || row.kind === "return";
      if (isOfCredits) fault(name, "has no ledger entries");
      continue;
    }
    const entries = row.last_entry_id - row.first_entry_id + 1n;
    if (entries !== row.audited_entries || entries !== row.entries) {
      fault(
        name,
        `names ${entries} ledger entries, of which ${row.entries} are its own and ${row.audited_entries} in its changes`,
      );
    }
  }
  const missing = sqlite
    .prepare(
      `SELECT id, subject_id FROM audit_entries a WHERE action = 'batch.recorded'
         AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.last_audit_id = a.id) ORDER BY id`,
    )
    .iterate() as IterableIterator<{ id: bigint; subject_id: bigint }>;
  for (const { id, subject_id } of missing) {
    fault(`batches ${subject_id}`, `is missing, but audit entry ${id} refers to it`);
  }
}

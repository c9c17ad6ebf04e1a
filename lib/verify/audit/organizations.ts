import type Sqlite from "better-sqlite3";
import type { Fault } from "../report.ts";

/**
 * Computes the organization of each entry again. A membership that was removed belonged to the organization that took
 * the code of its entry last before.
 */
export function checkOrganizations(sqlite: Sqlite.Database, fault: Fault): void {
  sqlite.exec(`
    CREATE TEMP TABLE codes_taken (code TEXT, entry_id INTEGER, organization_id INTEGER,
      PRIMARY KEY (code, entry_id)) WITHOUT ROWID;
    INSERT INTO codes_taken SELECT after ->> '$.code', id, subject_id FROM main.audit_entries
      WHERE subject_kind = 'organization' AND json_valid(after) AND after ->> '$.code' IS NOT NULL;
    CREATE TEMP TABLE removed_memberships (id INTEGER PRIMARY KEY, organization_id INTEGER);
    INSERT OR IGNORE INTO removed_memberships SELECT subject_id,
        (SELECT c.organization_id FROM codes_taken c
          WHERE c.code = a.before ->> '$.organization' AND c.entry_id < a.id ORDER BY c.entry_id DESC LIMIT 1)
      FROM main.audit_entries a WHERE action = 'member.removed' AND json_valid(before);
  `);
  const rows = sqlite
    .prepare(
      `SELECT id, organization_id AS stored, truth FROM (
         SELECT id, organization_id, CASE subject_kind
           WHEN 'organization' THEN subject_id
           WHEN 'api_key' THEN (SELECT k.organization_id FROM api_keys k WHERE k.id = subject_id)
           -- Old alerts are deleted.
           WHEN 'alert' THEN CASE WHEN EXISTS (SELECT 1 FROM alerts l WHERE l.id = audit_entries.subject_id)
             THEN (SELECT l.organization_id FROM alerts l WHERE l.id = audit_entries.subject_id) ELSE organization_id END
           WHEN 'membership' THEN coalesce(
             (SELECT m.organization_id FROM memberships m WHERE m.id = subject_id),
             (SELECT r.organization_id FROM removed_memberships r WHERE r.id = subject_id)) END AS truth
         FROM audit_entries) WHERE stored IS NOT truth ORDER BY id`,
    )
    .iterate() as IterableIterator<{ id: bigint; stored: bigint | null; truth: bigint | null }>;
  for (const { id, stored, truth } of rows) {
    fault(`audit_entries ${id}`, `organization_id is ${stored ?? "empty"}, it should be ${truth ?? "empty"}`);
  }
}

import { formatCsv } from "#lib/csv.ts";
import { type AuditFilter, auditPieces, latestAuditId } from "./list.ts";

export const AUDIT_EXPORT_COLUMNS = [
  "id",
  "at",
  "actor_kind",
  "actor",
  "address",
  "action",
  "subject_kind",
  "subject",
  "before",
  "after",
  "hash",
];

const ROWS_A_PIECE = 500;

/** The whole view as CSV, newest first, a piece at a time. Before and after are JSON, as they were written and hashed. */
export function* exportAudit(filter: AuditFilter): Generator<string> {
  const upToId = latestAuditId();
  yield formatCsv([AUDIT_EXPORT_COLUMNS]);
  for (const rows of auditPieces(filter, upToId, ROWS_A_PIECE)) {
    yield formatCsv(
      rows.map((row) => [
        String(row.id),
        row.at.toISOString(),
        row.actorKind,
        row.actorLabel,
        row.address ?? "",
        row.action,
        row.subjectKind,
        row.subjectLabel,
        row.before ?? "",
        row.after ?? "",
        row.hash,
      ]),
    );
  }
}

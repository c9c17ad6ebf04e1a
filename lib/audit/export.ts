import { formatCsv } from "#lib/csv.ts";
import type { AuditFilter } from "./filter.ts";
import { auditPieces, latestAuditId } from "./list.ts";
import { type AuditReader, actorsOf, readsAddresses } from "./queries.ts";

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

/**
 * The whole view as CSV, newest first, a piece at a time. Before and after are JSON, as they were written and hashed.
 * For a reader who may not see addresses, both addresses and hashes are left out: the reader knows the rest of an
 * entry, and could find its address by trying every address against the hash.
 */
export function* exportAudit(filter: AuditFilter, reader: AuditReader): Generator<string> {
  const upToId = latestAuditId();
  const showsAddresses = readsAddresses(reader);
  const values = (json: string | null) => (showsAddresses ? (json ?? "") : withoutAddress(json));
  yield formatCsv([AUDIT_EXPORT_COLUMNS]);
  for (const rows of auditPieces(filter, reader, { upToId, size: ROWS_A_PIECE })) {
    const actorOf = actorsOf(rows, reader);
    yield formatCsv(
      rows.map((row) => [
        String(row.id),
        row.at.toISOString(),
        row.actorKind,
        actorOf(row).actorLabel,
        showsAddresses ? (row.address ?? "") : "",
        row.action,
        row.subjectKind,
        row.subjectLabel,
        values(row.before),
        values(row.after),
        showsAddresses ? row.hash : "",
      ]),
    );
  }
}

/** The JSON of an entry's values without the member that holds an address. */
function withoutAddress(json: string | null): string {
  if (json === null) return "";
  const { address, ...values } = JSON.parse(json) as Record<string, unknown>;
  return JSON.stringify(values);
}

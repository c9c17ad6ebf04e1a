import { plainCredits } from "#lib/credits.ts";
import { formatCsv } from "#lib/csv.ts";
import { latestEntryId, type TransactionFilter, transactionPieces } from "./queries.ts";

export const EXPORT_COLUMNS = [
  "id",
  "occurred_at",
  "recorded_at",
  "kind",
  "organization",
  "member",
  "application",
  "credits",
  "credit_type",
  "balance_after",
  "external_id",
  "source",
  "reverses",
  "note",
];

const ROWS_A_PIECE = 500;

/**
 * The whole view as CSV, newest first, a piece at a time, so that no long read keeps SQLite from emptying its
 * write-ahead log. Entries recorded after the start are left out. Amounts are positive; the kind tells the direction.
 */
export function* exportTransactions(filter: TransactionFilter): Generator<string> {
  const upToId = latestEntryId();
  yield formatCsv([EXPORT_COLUMNS]);
  for (const items of transactionPieces(filter, upToId, ROWS_A_PIECE)) {
    yield formatCsv(
      items.map((item) => [
        String(item.id),
        item.occurredAt.toISOString(),
        item.recordedAt.toISOString(),
        item.kind,
        item.organization?.code ?? "",
        item.member?.email ?? "",
        item.application?.name ?? "",
        plainCredits(item.amount),
        item.creditType.name,
        plainCredits(item.balanceAfter),
        item.externalId,
        item.source,
        item.reversesId === null ? "" : String(item.reversesId),
        item.note ?? "",
      ]),
    );
  }
}

import { moneyOf, plainCredits } from "#lib/credits.ts";
import { formatCsv } from "#lib/csv.ts";
import type { EntryKind } from "#lib/ledger/rules.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { localDateTime } from "#lib/time.ts";
import { latestEntryId, type TransactionFilter, transactionPieces } from "./queries.ts";

export const EXPORT_COLUMNS = [
  "id",
  "occurred_at",
  "local_date",
  "local_time",
  "recorded_at",
  "kind",
  "organization",
  "organization_name",
  "member",
  "member_name",
  "application",
  "credits",
  "credit_type",
  "currency",
  "money",
  "balance_after",
  "external_id",
  "source",
  "api_key",
  "reverses",
  "note",
  "metadata",
];

const ROWS_A_PIECE = 500;

/** Kinds whose credits go back. */
const GOES_BACK: ReadonlySet<EntryKind> = new Set(["return", "reversal"]);

/** An entry's amount with its sign: a return and a reversal are negative, so that a sum is what remains. */
export function signedAmount({ kind, amount }: { kind: EntryKind; amount: bigint }): bigint {
  return GOES_BACK.has(kind) ? -amount : amount;
}

/**
 * The whole view as CSV, newest first, a piece at a time: no long read keeps the write-ahead log from being emptied, and
 * entries that are recorded during the export stay out. Amounts are signed ({@link signedAmount}). The local date and
 * time are the enterprise's, in forms that spreadsheets read as a date and a time. Money is the credits by today's
 * exchange rate of their credit type.
 */
export function* exportTransactions(
  filter: TransactionFilter,
  { raw = false }: { raw?: boolean } = {},
): Generator<string> {
  const upToId = latestEntryId();
  const { timeZone } = getSettings();
  yield formatCsv([EXPORT_COLUMNS], { raw });
  for (const items of transactionPieces(filter, upToId, ROWS_A_PIECE)) {
    yield formatCsv(
      items.map((item) => {
        const credits = signedAmount(item);
        const local = localDateTime(item.occurredAt, timeZone);
        return [
          String(item.id),
          item.occurredAt.toISOString(),
          local.date,
          local.time,
          item.recordedAt.toISOString(),
          item.kind,
          item.organization?.code ?? "",
          item.organization?.name ?? "",
          item.member?.email ?? "",
          item.member?.name ?? "",
          item.application?.name ?? "",
          plainCredits(credits),
          item.creditType.name,
          item.creditType.currency,
          plainCredits(moneyOf(credits, item.creditType.exchangeRate)),
          plainCredits(item.balanceAfter),
          item.externalId,
          item.source,
          item.apiKey?.name ?? "",
          item.reversesId === null ? "" : String(item.reversesId),
          item.note ?? "",
          item.metadata ?? "",
        ];
      }),
      { raw },
    );
  }
}

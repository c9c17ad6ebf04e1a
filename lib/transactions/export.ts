import { sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { isoDay } from "#lib/calendar.ts";
import { datedRates } from "#lib/credit-types/queries.ts";
import { type DatedRate, rateAt } from "#lib/credit-types/rates.ts";
import { moneyOf, plainCredits } from "#lib/credits.ts";
import { formatCsv } from "#lib/csv.ts";
import type { EntryKind } from "#lib/ledger/rules.ts";
import { type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { localDateTime } from "#lib/time.ts";
import { latestEntryId } from "./queries/entries.ts";
import type { TransactionFilter } from "./queries/filter.ts";
import { entryIdPieces } from "./queries/sparse-list.ts";
import { signedAmount } from "./rules.ts";

/** Columns that the file of transactions and the summary of spending have in common, so that either can be added up alike. */
export const SPENDING_COLUMNS = [
  "organization",
  "organization_name",
  "member",
  "member_name",
  "application",
  "credits",
  "credit_type",
  "currency",
  "money",
];

/** The columns of the file of transactions. */
export const TRANSACTION_EXPORT_COLUMNS = [
  "id",
  "occurred_at",
  "local_date",
  "local_time",
  "recorded_at",
  "kind",
  ...SPENDING_COLUMNS,
  "balance_after",
  "external_id",
  "source",
  "api_key",
  "reverses",
  "note",
  "metadata",
  "purchase_date",
  "paid",
  "invoice_number",
];

const ROWS_A_PIECE = 500;

/** The columns of an entry as they are read, in the order of {@link statementOf}. */
type EntryColumns = [
  id: bigint,
  occurredAt: bigint,
  recordedAt: bigint,
  kind: EntryKind,
  code: string | null,
  organization: string | null,
  email: string | null,
  member: string | null,
  application: string | null,
  amount: bigint,
  creditType: string,
  currency: string,
  balanceAfter: bigint,
  externalId: string,
  source: string,
  apiKey: string | null,
  reversesId: bigint | null,
  note: string | null,
  metadata: string | null,
  creditTypeId: bigint,
  /** Of the purchase, or of the purchase that the entry reverses. */
  purchaseDay: bigint | null,
  paid: bigint | null,
  invoiceNumber: string | null,
];

/** Reads what a file has of these entries, in the order of their ids in the list. */
function statementOf(scope: Scope, ids: readonly number[]) {
  // A key of the whole enterprise is outside a part of it.
  const keyConditions = [sql`k.id = e.api_key_id`, ...scopeConditions(scope, sql`k.organization_id`)];
  return statement(sql`SELECT e.id, e.occurred_at, e.recorded_at, e.kind, o.code, o.name, p.email, p.name, a.name,
      e.amount, t.name, t.currency, e.balance_after, e.external_id, e.source, k.name, e.reverses_id,
      e.note, e.metadata, e.credit_type_id, d.day, d.paid, d.invoice_number
    FROM json_each(${JSON.stringify(ids)}) j
    CROSS JOIN ledger_entries e ON e.id = j.value
    CROSS JOIN credit_types t ON t.id = e.credit_type_id
    LEFT JOIN organizations o ON o.id = e.organization_id
    LEFT JOIN memberships m ON m.id = e.membership_id
    LEFT JOIN members p ON p.id = m.member_id
    LEFT JOIN applications r ON r.id = e.application_id
    LEFT JOIN applications a ON a.id = coalesce(r.merged_into_id, r.id)
    LEFT JOIN purchase_details d ON d.entry_id = coalesce(e.reverses_id, e.id)
    LEFT JOIN api_keys k ON ${sql.join(keyConditions, sql` AND `)}
    ORDER BY j.key`);
}

function cellsOf(
  entry: EntryColumns,
  timeZone: string,
  rates: ReadonlyMap<number, readonly DatedRate[]>,
): string[] {
  const [
    id,
    occurredAt,
    recordedAt,
    kind,
    code,
    organization,
    email,
    member,
    application,
    amount,
    creditType,
    currency,
    balanceAfter,
    externalId,
    source,
    apiKey,
    reversesId,
    note,
    metadata,
    creditTypeId,
    purchaseDay,
    paid,
    invoiceNumber,
  ] = entry;
  const credits = signedAmount({ kind, amount });
  const occurred = new Date(Number(occurredAt));
  const local = localDateTime(occurred, timeZone);
  return [
    String(id),
    occurred.toISOString(),
    local.date,
    local.time,
    new Date(Number(recordedAt)).toISOString(),
    kind,
    code ?? "",
    organization ?? "",
    email ?? "",
    member ?? "",
    application ?? "",
    plainCredits(credits),
    creditType,
    currency,
    plainCredits(moneyOf(credits, rateAt(rates.get(Number(creditTypeId)) ?? [], Number(occurredAt)))),
    plainCredits(balanceAfter),
    externalId,
    source,
    apiKey ?? "",
    reversesId === null ? "" : String(reversesId),
    note ?? "",
    metadata ?? "",
    purchaseDay === null ? "" : isoDay(Number(purchaseDay)),
    paid === null ? "" : plainCredits(kind === "reversal" ? -paid : paid),
    invoiceNumber ?? "",
  ];
}

/**
 * The whole view as CSV, newest first, a piece at a time, so that no long read keeps SQLite from emptying its
 * write-ahead log. Entries recorded after the start are left out. Amounts are signed ({@link signedAmount}). The local
 * date and time are the enterprise's, in forms that spreadsheets read as a date and a time. Money is the credits by
 * the exchange rate in force when they moved. What was paid for a reversed purchase is taken off by the reversal.
 */
export function* exportTransactions(
  filter: TransactionFilter,
  { raw = false }: { raw?: boolean } = {},
): Generator<string> {
  const upToId = latestEntryId();
  const { timeZone } = getSettings();
  const rates = datedRates();
  yield formatCsv([TRANSACTION_EXPORT_COLUMNS], { raw });
  for (const ids of entryIdPieces(filter, upToId, ROWS_A_PIECE)) {
    if (ids.length === 0) {
      yield "";
      continue;
    }
    const entries = statementOf(filter.scope, ids).lists<EntryColumns>();
    yield formatCsv(
      entries.map((entry) => cellsOf(entry, timeZone, rates)),
      { raw },
    );
  }
}

import { plainCredits } from "#lib/credits.ts";
import { formatCsv } from "#lib/csv.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { localDateTime } from "#lib/time.ts";
import type { RefusalFilter } from "./queries/filter.ts";
import { type RefusalItem, refusalPieces } from "./queries/list.ts";

/** The columns of the file of refusals. */
const REFUSAL_EXPORT_COLUMNS = [
  "id",
  "at",
  "local_date",
  "local_time",
  "last_at",
  "code",
  "request",
  "requests",
  "organization",
  "organization_name",
  "named_organization",
  "member",
  "member_name",
  "application",
  "credits",
  "remaining",
  "api_key",
];

const ROWS_A_PIECE = 500;

function cellsOf(item: RefusalItem, timeZone: string): string[] {
  const local = localDateTime(item.at, timeZone);
  return [
    String(item.id),
    item.at.toISOString(),
    local.date,
    local.time,
    item.lastAt.toISOString(),
    item.code,
    item.request,
    String(item.requests),
    item.organization?.code ?? "",
    item.organization?.name ?? "",
    item.organizationText,
    item.memberEmail,
    item.member?.name ?? "",
    item.application,
    plainCredits(item.amount),
    item.remaining === null ? "" : plainCredits(item.remaining),
    item.apiKey?.name ?? "",
  ];
}

/**
 * The whole view as CSV, newest first, a piece at a time. Credits are what the requests of a row asked for together. The
 * local date and time are the enterprise's.
 */
export function* exportRefusals(
  filter: RefusalFilter,
  { raw = false }: { raw?: boolean } = {},
): Generator<string> {
  const { timeZone } = getSettings();
  yield formatCsv([REFUSAL_EXPORT_COLUMNS], { raw });
  for (const items of refusalPieces(filter, ROWS_A_PIECE)) {
    yield formatCsv(
      items.map((item) => cellsOf(item, timeZone)),
      { raw },
    );
  }
}

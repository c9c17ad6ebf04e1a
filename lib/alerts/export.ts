import { plainCredits } from "#lib/credits.ts";
import { formatCsv } from "#lib/csv.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { localDateTime } from "#lib/time.ts";
import { type AlertFilter, alertPieces } from "./queries/list.ts";
import type { AlertItem } from "./rules/item.ts";
import { ALERT_KINDS } from "./rules/kinds.ts";
import { figuresText, ruleText, subjectText } from "./rules/words.ts";

/** The columns of the file of alerts. */
const ALERT_EXPORT_COLUMNS = [
  "id",
  "opened_at",
  "local_date",
  "local_time",
  "state",
  "kind",
  "rule",
  "subject",
  "organization",
  "organization_name",
  "member",
  "threshold",
  "value",
  "figures",
  "acknowledged_at",
  "acknowledged_by",
  "resolved_at",
  "resolution",
];

const ROWS_A_PIECE = 500;

function cellsOf(item: AlertItem, timeZone: string): string[] {
  const local = localDateTime(item.openedAt, timeZone);
  const { unit } = ALERT_KINDS[item.kind];
  return [
    String(item.id),
    item.openedAt.toISOString(),
    local.date,
    local.time,
    item.state,
    item.kind,
    ruleText(item),
    subjectText(item),
    item.organization?.code ?? "",
    item.organization?.name ?? "",
    item.member?.email ?? "",
    unit === "credits" ? plainCredits(item.threshold) : String(item.threshold),
    unit === "credits" || item.base !== null ? plainCredits(item.value) : String(item.value),
    figuresText(item),
    item.acknowledgedAt?.toISOString() ?? "",
    item.acknowledgedBy ?? "",
    item.resolvedAt?.toISOString() ?? "",
    item.resolution ?? "",
  ];
}

/** The whole view as CSV, newest first, a piece at a time. The local date and time are the enterprise's. */
export function* exportAlerts(
  filter: AlertFilter,
  { raw = false }: { raw?: boolean } = {},
): Generator<string> {
  const { timeZone } = getSettings();
  yield formatCsv([ALERT_EXPORT_COLUMNS], { raw });
  for (const items of alertPieces(filter, ROWS_A_PIECE)) {
    yield formatCsv(
      items.map((item) => cellsOf(item, timeZone)),
      { raw },
    );
  }
}

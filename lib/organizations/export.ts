import { sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { addMonths, monthOf } from "#lib/calendar.ts";
import { plainCredits } from "#lib/credits.ts";
import { formatCsv } from "#lib/csv.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { tagsText } from "#lib/tags.ts";
import { dayOf, isoDate } from "#lib/time.ts";

import { IMPORT_COLUMNS } from "./import-rules.ts";
import { type OrganizationListItem, organizationIds, organizationsByIds } from "./queries.ts";
import type { OrganizationsView } from "./search-params.ts";

/** What a file with figures has besides the columns of an import, which ignores them. */
export const FIGURE_COLUMNS = [
  "currency",
  "members",
  "balance",
  "spent",
  "spent_last_month",
  "created",
] as const;

const ROWS_A_PIECE = 500;

/** How a file is written: with figures or for import alone, and with formulas as they are where it is `raw`. */
export type ExportOptions = { figures?: boolean; raw?: boolean; now?: Date };

function importCells(organization: OrganizationListItem): string[] {
  return [
    organization.name,
    organization.code,
    organization.creditTypeName,
    organization.monthlyAllowance === null ? "" : plainCredits(organization.monthlyAllowance),
    organization.active ? "active" : "inactive",
    tagsText(organization.tags),
  ];
}

/** What each of these organizations spent in a month, e.g. 202610, in micro-credits. */
function spentInMonth(ids: readonly number[], month: number): Map<number, bigint> {
  const rows = database().all<{ id: bigint; spent: bigint }>(
    sql`SELECT organization_id AS id, sum(spent) AS spent FROM organization_months INDEXED BY organization_months_month
      WHERE month = ${month} AND organization_id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))
      GROUP BY organization_id`,
  );
  return new Map(rows.map(({ id, spent }) => [Number(id), spent]));
}

/**
 * The whole view as CSV, in its order, a piece at a time. All ids are read at the start, so that the export is
 * complete. The rows are read in pieces, so that no long read keeps SQLite from emptying its write-ahead log.
 */
export function* exportOrganizations(
  view: OrganizationsView,
  { figures = false, raw = false, now = new Date() }: ExportOptions = {},
): Generator<string> {
  const ids = organizationIds(view);
  const { timeZone } = getSettings();
  yield formatCsv([figures ? [...IMPORT_COLUMNS, ...FIGURE_COLUMNS] : IMPORT_COLUMNS], { raw });
  for (let start = 0; start < ids.length; start += ROWS_A_PIECE) {
    const piece = ids.slice(start, start + ROWS_A_PIECE);
    const lastMonth = figures
      ? spentInMonth(piece, addMonths(monthOf(dayOf(now, timeZone)), -1))
      : new Map<number, bigint>();
    yield formatCsv(
      organizationsByIds(piece).map((organization) =>
        figures
          ? [
              ...importCells(organization),
              organization.currency,
              String(organization.members),
              plainCredits(organization.balance),
              plainCredits(organization.spent),
              plainCredits(lastMonth.get(organization.id) ?? 0n),
              isoDate(organization.createdAt, timeZone),
            ]
          : importCells(organization),
      ),
      { raw },
    );
  }
}

import { sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { addMonths, monthOf } from "#lib/calendar.ts";
import { plainCredits } from "#lib/credits.ts";
import { formatCsv } from "#lib/csv.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf, isoDate } from "#lib/time.ts";

import { IMPORT_COLUMNS } from "./import-rules.ts";
import { type MembershipItem, membershipsByIds } from "./queries/memberships.ts";
import { allowanceText } from "./rules.ts";

/** What a file with figures has besides the columns of an import, which ignores them. */
export const FIGURE_COLUMNS = [
  "organization_name",
  "allowance_this_month",
  "spent_this_month",
  "spent_last_month",
  "spent",
  "last_active",
] as const;

const ROWS_A_PIECE = 500;

/** How a file is written: with figures or for import alone, and with formulas as they are where it is `raw`. */
export type ExportOptions = { figures?: boolean; raw?: boolean; now?: Date };

function importCells(membership: MembershipItem): string[] {
  return [
    membership.organization.code,
    membership.name,
    membership.email,
    membership.role,
    allowanceText(membership),
    membership.active ? "active" : "inactive",
  ];
}

/** What was spent in each of these memberships in a month, e.g. 202610, in micro-credits. */
function spentInMonth(ids: readonly number[], month: number): Map<number, bigint> {
  const rows = database().all<{ id: bigint; spent: bigint }>(
    sql`SELECT membership_id AS id, spent FROM membership_months
      WHERE membership_id IN (SELECT value FROM json_each(${JSON.stringify(ids)})) AND month = ${month}`,
  );
  return new Map(rows.map(({ id, spent }) => [Number(id), spent]));
}

/**
 * These memberships as CSV, in their order, a piece at a time. All ids were read at the start, so that the export is
 * complete. The rows are read in pieces, so that no long read keeps SQLite from emptying its write-ahead log.
 */
export function* exportMemberships(
  ids: readonly number[],
  { figures = false, raw = false, now = new Date() }: ExportOptions = {},
): Generator<string> {
  const { timeZone } = getSettings();
  const month = monthOf(dayOf(now, timeZone));
  yield formatCsv([figures ? [...IMPORT_COLUMNS, ...FIGURE_COLUMNS] : IMPORT_COLUMNS], { raw });
  for (let start = 0; start < ids.length; start += ROWS_A_PIECE) {
    const piece = ids.slice(start, start + ROWS_A_PIECE);
    const lastMonth = figures ? spentInMonth(piece, addMonths(month, -1)) : new Map<number, bigint>();
    yield formatCsv(
      membershipsByIds(piece, month).map((membership) =>
        figures
          ? [
              ...importCells(membership),
              membership.organization.name,
              membership.effectiveAllowance === null ? "" : plainCredits(membership.effectiveAllowance),
              plainCredits(membership.spentThisMonth),
              plainCredits(lastMonth.get(membership.id) ?? 0n),
              plainCredits(membership.spent),
              membership.lastActiveAt ? isoDate(membership.lastActiveAt, timeZone) : "",
            ]
          : importCells(membership),
      ),
      { raw },
    );
  }
}

import { type SQL, sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { addMonths, monthOf } from "#lib/calendar.ts";
import { plainCredits } from "#lib/credits.ts";
import { csvOfList, type ExportOptions } from "#lib/lists/csv-export.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf, isoDate } from "#lib/time.ts";

import { IMPORT_COLUMNS } from "./import-rules.ts";
import { type MembershipItem, membershipsByIds } from "./queries/memberships.ts";
import { allowanceText } from "./rules.ts";

/** What a file with figures has besides the columns of an import, which ignores them. */
const FIGURE_COLUMNS = [
  "organization_name",
  "allowance_this_month",
  "spent_this_month",
  "spent_last_month",
  "spent",
  "last_active",
] as const;

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

/**
 * What was spent in each of these memberships in a month, e.g. 202610, in micro-credits, with those that were merged into it:
 * no file has a row for them.
 */
function spentByMembership(ids: readonly number[], month: number): Map<number, bigint> {
  const these = sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  return sumsOf(sql`SELECT id, sum(spent) AS spent FROM (
      SELECT membership_id AS id, spent FROM membership_months WHERE membership_id IN ${these} AND month = ${month}
      UNION ALL
      SELECT merged.merged_into_id, months.spent FROM memberships merged INDEXED BY memberships_merged_into
      JOIN membership_months months ON months.membership_id = merged.id AND months.month = ${month}
      WHERE merged.merged_into_id IN ${these}
    ) GROUP BY id`);
}

/** What was ever spent in the memberships that were merged into each of these; micro-credits. */
function mergedSpentByMembership(ids: readonly number[]): Map<number, bigint> {
  return sumsOf(sql`SELECT merged_into_id AS id, sum(spent) AS spent FROM memberships INDEXED BY memberships_merged_into
    WHERE merged_into_id IN (SELECT value FROM json_each(${JSON.stringify(ids)})) GROUP BY merged_into_id`);
}

function sumsOf(query: SQL): Map<number, bigint> {
  const rows = statement<{ id: bigint; spent: bigint }>(query).all();
  return new Map(rows.map(({ id, spent }) => [Number(id), spent]));
}

/** These memberships as CSV, those of the scope in their order, a piece at a time; their ids come in pieces too. */
export function exportMemberships(
  scope: Scope,
  ids: Iterable<readonly number[]>,
  { figures = false, raw = false, now = new Date() }: ExportOptions = {},
): Generator<string> {
  const { timeZone } = getSettings();
  const month = monthOf(dayOf(now, timeZone));
  function figureRows(piece: readonly number[]): string[][] {
    const lastMonth = spentByMembership(piece, addMonths(month, -1));
    const merged = mergedSpentByMembership(piece);
    return membershipsByIds(scope, piece, month).map((membership) => [
      ...importCells(membership),
      membership.organization.name,
      membership.effectiveAllowance === null ? "" : plainCredits(membership.effectiveAllowance),
      plainCredits(membership.spentThisMonth),
      plainCredits(lastMonth.get(membership.id) ?? 0n),
      plainCredits(membership.spent + (merged.get(membership.id) ?? 0n)),
      membership.lastActiveAt ? isoDate(membership.lastActiveAt, timeZone) : "",
    ]);
  }
  const list = figures
    ? { columns: [...IMPORT_COLUMNS, ...FIGURE_COLUMNS], ids, rows: figureRows }
    : {
        columns: IMPORT_COLUMNS,
        ids,
        rows: (piece: readonly number[]) => membershipsByIds(scope, piece, month).map(importCells),
      };
  return csvOfList(list, { raw });
}

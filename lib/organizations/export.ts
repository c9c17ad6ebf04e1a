import { sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { addMonths, isoDay, monthOf } from "#lib/calendar.ts";
import { plainCredits } from "#lib/credits.ts";
import { csvOfList, type ExportOptions } from "#lib/lists/csv-export.ts";
import { runsOutOn, runwayOf } from "#lib/runway/rules.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { tagsText } from "#lib/tags.ts";
import { dayOf, isoDate } from "#lib/time.ts";

import { IMPORT_COLUMNS } from "./import-rules.ts";
import { organizationIds } from "./queries/list.ts";
import { type OrganizationListItem, organizationsByIds } from "./queries/organizations.ts";
import type { OrganizationsView } from "./search-params.ts";

/** What a file with figures has besides the columns of an import, which ignores them. */
const FIGURE_COLUMNS = [
  "currency",
  "members",
  "balance",
  "spent",
  "spent_last_month",
  "spent_30_days",
  "runs_out",
  "created",
] as const;

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
function spentByOrganization(ids: readonly number[], month: number): Map<number, bigint> {
  const rows = statement<{ id: bigint; spent: bigint }>(
    sql`SELECT organization_id AS id, sum(spent) AS spent FROM organization_months INDEXED BY organization_months_month
      WHERE month = ${month} AND organization_id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))
      GROUP BY organization_id`,
  ).all();
  return new Map(rows.map(({ id, spent }) => [Number(id), spent]));
}

/** The whole view as CSV, in its order, a piece at a time. */
export function exportOrganizations(
  scope: Scope,
  view: OrganizationsView,
  { figures = false, raw = false, now = new Date() }: ExportOptions = {},
): Generator<string> {
  const ids = organizationIds(scope, view);
  const { timeZone } = getSettings();
  function figureRows(piece: readonly number[]): string[][] {
    const today = dayOf(now, timeZone);
    const lastMonth = spentByOrganization(piece, addMonths(monthOf(today), -1));
    const runsOut = (organization: OrganizationListItem) => {
      const day = runsOutOn(runwayOf(organization), today);
      return day === null ? "" : isoDay(day);
    };
    return organizationsByIds(scope, piece).map((organization) => [
      ...importCells(organization),
      organization.currency,
      String(organization.members),
      plainCredits(organization.balance),
      plainCredits(organization.spent),
      plainCredits(lastMonth.get(organization.id) ?? 0n),
      plainCredits(organization.spentLast30Days),
      runsOut(organization),
      isoDate(organization.createdAt, timeZone),
    ]);
  }
  const list = figures
    ? { columns: [...IMPORT_COLUMNS, ...FIGURE_COLUMNS], ids: [ids], rows: figureRows }
    : {
        columns: IMPORT_COLUMNS,
        ids: [ids],
        rows: (piece: readonly number[]) => organizationsByIds(scope, piece).map(importCells),
      };
  return csvOfList(list, { raw });
}

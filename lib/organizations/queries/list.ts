import { sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { allIds, idsOfPage, idsOfUnfilteredPage, numberedPage } from "#lib/lists/numbered-pages.ts";
import { textHasWords } from "#lib/lists/search-filter.ts";
import { isWhole, type Scope } from "#lib/scope/scope.ts";
import { searchWords } from "#lib/text.ts";
import type { OrganizationsView } from "../search-params.ts";
import { fewOf, filteredRows, orderedList } from "./list-filters.ts";
import { type OrganizationListItem, organizationsByIds } from "./organizations.ts";
import { type CreditTypeTotals, organizationTotals } from "./totals.ts";

/** Up to this many matches are sorted: with more, trying the first rows of the order is quicker. */
const MAX_SORTED_ORGANIZATIONS = 5_000;

export type StatusCounts = { all: number; active: number; inactive: number };

/** A page of the list, with the number it really has: one past the end shows the last page. */
export type OrganizationsPage = {
  items: OrganizationListItem[];
  counts: StatusCounts;
  page: number;
  pages: number;
};

/** The tabs' counts of a view, and the ids that meet all of its filters, where those are few. */
type Counted = { counts: StatusCounts; few: readonly number[] | null };

/**
 * Counts the organizations of the view by status, whichever status it shows. Where it filters by nothing but the credit
 * type, the counts are in the totals. Else one pass over an index gives the counts and the ids, because a second pass for
 * the ids would cost as much again.
 */
function countedByStatus(
  scope: Scope,
  view: OrganizationsView,
  byCreditType: readonly CreditTypeTotals[],
): Counted {
  const { q, tag, type } = view;
  const counts = (all: number, active: number) => ({ all, active, inactive: all - active });
  const words = searchWords(q);
  if (words.length === 0 && tag.length === 0 && view["runs-out"] === "any") {
    const totals = organizationTotals(byCreditType.filter(({ id }) => type === null || id === type));
    return { counts: counts(totals.organizations, totals.activeOrganizations), few: fewOf(scope) };
  }
  const conditions = [
    ...(words.length === 0 ? [] : [textHasWords(words)]),
    ...(type === null ? [] : [sql`credit_type_id = ${type}`]),
  ];
  const row = statement<{ all: bigint; active: bigint; ids: string | null }>(
    sql`SELECT count(*) AS "all", coalesce(sum(active), 0) AS active,
        CASE WHEN count(*) <= ${MAX_SORTED_ORGANIZATIONS} THEN json_group_array(id) END AS ids
      FROM ${sql.join([filteredRows(scope, view), ...conditions], sql` AND `)}`,
  ).get();
  return {
    counts: counts(Number(row?.all ?? 0n), Number(row?.active ?? 0n)),
    few: row?.ids ? (JSON.parse(row.ids) as number[]) : fewOf(scope),
  };
}

/**
 * One page of the view with the tabs' counts.
 *
 * @param byCreditType {@link totalsByCreditType} of the same scope
 * @param size how many organizations a page has
 */
export function listOrganizations(
  scope: Scope,
  view: OrganizationsView,
  byCreditType: readonly CreditTypeTotals[],
  size = Number(view.size),
): OrganizationsPage {
  const { counts, few } = countedByStatus(scope, view, byCreditType);
  const list = {
    ...orderedList(scope, view),
    // Unknown for a part of the enterprise.
    ...(isWhole(scope) && { size: organizationTotals(byCreditType).organizations }),
  };
  const total = counts[view.status];
  const { items, page, pages } = numberedPage({ total, page: view.page, size }, (place) =>
    list.filters.length === 0
      ? idsOfUnfilteredPage(list, total, place)
      : idsOfPage(few ? { ...list, filters: [] } : list, few, place),
  );
  return { items: organizationsByIds(scope, items), counts, page, pages };
}

/** The ids of all pages of the view, in its order. */
export function organizationIds(scope: Scope, view: OrganizationsView): number[] {
  return allIds(orderedList(scope, view));
}

import { snapshot } from "#db/statement.ts";
import { type CreditType, getCreditType, latestRates } from "#lib/credit-types/queries.ts";
import type { DatedRate } from "#lib/credit-types/rates.ts";
import type { CreditTypeView } from "#lib/credit-types/search-params.ts";
import { listOrganizations } from "#lib/organizations/queries/list.ts";
import type { OrganizationListItem } from "#lib/organizations/queries/organizations.ts";
import { totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { transactionFilter } from "./queries/filter.ts";
import { listTransactions, type TransactionsPage } from "./queries/list.ts";
import { transactionsSearchParams } from "./search-params.ts";
import { prepareTopOrganizations, type Share, spendingByDay, topOrganizations } from "./spending.ts";

/** How many organizations each list of the page names. */
export const TOP_ORGANIZATIONS = 10;

/** What the page of a credit type shows, as of one moment; credits in micro-credits. */
export type CreditTypeFigures = {
  creditType: CreditType;
  /** The organizations with the largest balance, and those that have spent the most, {@link TOP_ORGANIZATIONS} of each. */
  byBalance: OrganizationListItem[];
  bySpent: OrganizationListItem[];
  /** What was spent in the month of `today`, and the organizations that spent the most of it. */
  spentThisMonth: bigint;
  topThisMonth: Share[];
  /** The exchange rates, newest first. */
  rates: DatedRate[];
  /** A page of the pool's entries, newest first. */
  history: TransactionsPage;
};

/**
 * Reads the page of a credit type in one snapshot.
 *
 * @param today 20261124, in the enterprise's time zone
 * @returns null where the scope has no such credit type
 */
export async function creditTypeFigures(
  scope: Scope,
  id: number,
  view: CreditTypeView,
  today: number,
): Promise<CreditTypeFigures | null> {
  if (!getCreditType(scope, id)) return null;
  const ofType = { ...transactionsSearchParams.defaults, type: id };
  const thisMonth = transactionFilter(scope, { ...ofType, period: "this-month" }, today);
  await prepareTopOrganizations(thisMonth);
  return snapshot(() => {
    const creditType = getCreditType(scope, id);
    if (!creditType) return null;
    const totals = totalsByCreditType(scope);
    const largest = (sort: "-balance" | "-spent") =>
      listOrganizations(scope, { ...organizationsSearchParams.defaults, type: id, sort }, totals).items.slice(
        0,
        TOP_ORGANIZATIONS,
      );
    return {
      creditType,
      byBalance: largest("-balance"),
      bySpent: largest("-spent"),
      spentThisMonth: spendingByDay(thisMonth).reduce((sum, { spent }) => sum + spent, 0n),
      topThisMonth: topOrganizations(thisMonth, TOP_ORGANIZATIONS),
      rates: latestRates(scope, id),
      history: listTransactions({ ...transactionFilter(scope, ofType, today), ofPool: true }, view),
    };
  });
}

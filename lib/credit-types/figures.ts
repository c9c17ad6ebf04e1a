import { snapshot } from "#db/statement.ts";
import {
  listOrganizations,
  type OrganizationListItem,
  totalsByCreditType,
} from "#lib/organizations/queries.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { listTransactions, type TransactionsPage } from "#lib/transactions/queries/list.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";
import {
  prepareTopOrganizations,
  type Share,
  spendingByDay,
  topOrganizations,
} from "#lib/transactions/spending.ts";
import { type CreditType, getCreditType, latestRates } from "./queries.ts";
import type { DatedRate } from "./rates.ts";
import type { CreditTypeView } from "./search-params.ts";

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

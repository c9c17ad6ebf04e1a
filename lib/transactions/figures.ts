import { snapshot } from "#db/statement.ts";
import { type CreditType, listCreditTypes } from "#lib/credit-types/queries.ts";
import {
  applicationOptions,
  filterOf,
  latestEntryId,
  listTransactions,
  type OrganizationChoice,
  type TransactionFilter,
  type TransactionsPage,
} from "./queries.ts";
import type { TransactionsView } from "./search-params.ts";
import {
  type DaySpending,
  prepareTopOrganizations,
  type Share,
  type SpendingMetrics,
  spendingByApplication,
  spendingByCreditType,
  spendingByDay,
  spendingMetrics,
  topOrganizations,
} from "./spending.ts";

/** How many parts a split names. */
export const SPLIT_PARTS = 10;

/** Everything that a page of transactions shows, as of one moment, so that splits and list agree with the totals. */
export type TransactionsFigures = {
  filter: TransactionFilter;
  days: DaySpending[];
  metrics: SpendingMetrics;
  /** The parts of what was spent; a part that the view filters by is not split, and empty. */
  byCreditType: Share[];
  byApplication: Share[];
  /** The largest {@link SPLIT_PARTS}. */
  organizations: Share[];
  list: TransactionsPage;
  creditTypes: CreditType[];
  applications: { id: number; name: string }[];
};

/**
 * Reads a view in one snapshot: of everything, or `within` one organization.
 *
 * @param today 20261124, in the enterprise's time zone
 * @returns null while the ledger is empty
 */
export async function transactionsFigures(
  view: TransactionsView,
  today: number,
  within: OrganizationChoice | null = null,
): Promise<TransactionsFigures | null> {
  await prepareTopOrganizations(filterOf(view, today, within));
  return snapshot(() => {
    if (latestEntryId() === 0) return null;
    const filter = filterOf(view, today, within);
    const days = spendingByDay(filter);
    const isSplit = days.length > 0;
    const whole = filter.organization === null;
    return {
      filter,
      days,
      metrics: spendingMetrics(filter, days, today),
      byCreditType: isSplit && whole && view.type === null ? spendingByCreditType(filter) : [],
      byApplication: isSplit && view.application === null ? spendingByApplication(filter) : [],
      organizations: isSplit && whole ? topOrganizations(filter, SPLIT_PARTS) : [],
      list: listTransactions(filter, view),
      creditTypes: listCreditTypes(),
      applications: applicationOptions(),
    };
  });
}

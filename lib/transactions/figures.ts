import { snapshot } from "#db/statement.ts";
import { type DayRange, monthOf } from "#lib/calendar.ts";
import { creditTypeNames, moneyOfType } from "#lib/credit-types/queries.ts";
import { moneyText } from "#lib/money.ts";
import { organizationsByIds } from "#lib/organizations/queries.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { modelSpending, modelSpendingNow } from "./model-spending.ts";
import { hasEntries, type TransactionItem } from "./queries/entries.ts";
import { type OrganizationChoice, type TransactionFilter, transactionFilter } from "./queries/filter.ts";
import { latestTransactions, listTransactions, type TransactionsPage } from "./queries/list.ts";
import { type Period, topAndRest } from "./rules.ts";
import { scopeSpending, scopeSpendingNow } from "./scope-spending.ts";
import { type TransactionsView, transactionsSearchParams } from "./search-params.ts";
import {
  type DaySpending,
  isOfScope,
  prepareTopOrganizations,
  type Share,
  type SpendingMetrics,
  spendingByApplication,
  spendingByCreditType,
  spendingByDay,
  spendingMetrics,
  type TopMember,
  takeSpentEntries,
  topMembers,
  topOrganizations,
} from "./spending.ts";
import { hasTagKey, spendingByTagKey, type TagShare, tagKeys } from "./tag-split.ts";

/** How many parts a split names. */
export const SPLIT_PARTS = 10;
/** How many keys of tags a page offers. */
const TAG_KEYS = 30;

/** Everything that a page of transactions shows, as of one moment, so that splits and list agree with the totals. */
export type TransactionsFigures = {
  filter: TransactionFilter;
  days: DaySpending[];
  metrics: SpendingMetrics;
  /** What was spent is worth this: of one credit type, which never had another rate. */
  money: { spent: string; thisMonth: string } | null;
  /** The parts of what was spent; a part that the view filters by is not split, and empty. */
  byCreditType: Share[];
  byApplication: Share[];
  /** The largest {@link SPLIT_PARTS}. */
  organizations: Share[];
  /** The first {@link TAG_KEYS} keys of tags, by which the view can be split. */
  tagKeys: string[];
  /** The split by the view's key; null where the view has none, or no organization has a tag of it. */
  byTag: { key: string; shares: TagShare[] } | null;
  list: TransactionsPage;
  /** What the filter by credit type offers. */
  creditTypes: { id: number; name: string }[];
};

/**
 * Reads a view in one snapshot: of everything in the scope, or `within` one organization of it.
 *
 * @param today 20261124, in the enterprise's time zone
 * @returns null while the ledger has nothing in the scope
 */
export async function transactionsFigures(
  scope: Scope,
  view: TransactionsView,
  today: number,
  within: OrganizationChoice | null = null,
): Promise<TransactionsFigures | null> {
  const before = transactionFilter(scope, view, today, within);
  await prepareTopOrganizations(before);
  const ofModel = await modelSpending(before, today);
  const ofScope = await scopeSpending(before, today);
  return snapshot(() => {
    if (!hasEntries(scope)) return null;
    const filter = transactionFilter(scope, view, today, within);
    if (ofModel) takeSpentEntries(filter, modelSpendingNow(ofModel, filter, today));
    else if (isOfScope(filter)) takeSpentEntries(filter, scopeSpendingNow(ofScope, filter, today));
    const days = spendingByDay(filter);
    const isSplit = days.length > 0;
    const whole = filter.organization === null;
    const metrics = spendingMetrics(filter, days, today);
    return {
      filter,
      days,
      metrics,
      money: moneyOfMetrics(metrics, oneCreditType(filter)),
      byCreditType: isSplit && whole && view.type === null ? spendingByCreditType(filter) : [],
      byApplication: isSplit && view.application === null ? spendingByApplication(filter) : [],
      organizations: isSplit && whole ? topOrganizations(filter, SPLIT_PARTS) : [],
      tagKeys: isSplit && whole ? tagKeys(scope, TAG_KEYS) : [],
      byTag:
        isSplit && whole && view.by !== null && hasTagKey(scope, view.by)
          ? { key: view.by, shares: spendingByTagKey(filter, view.by) }
          : null,
      list: listTransactions(filter, view),
      creditTypes: creditTypeNames(scope),
    };
  });
}

/** The credit type of everything that matches: of the view, or of its organization; null for several. */
function oneCreditType({ scope, creditTypeId, organization }: TransactionFilter): number | null {
  if (creditTypeId !== null || organization === null) return creditTypeId;
  return organizationsByIds(scope, [organization.id])[0]?.creditTypeId ?? null;
}

/**
 * What was spent in money. The sums are by day, and a rate may change within a day, so a credit type that has had
 * several rates has no exact worth here; the exports compute it entry by entry.
 */
function moneyOfMetrics(
  { spent, thisMonth }: SpendingMetrics,
  creditTypeId: number | null,
): TransactionsFigures["money"] {
  // A type that is not in the scope has spent nothing in it, and its currency is not told.
  if (creditTypeId === null || (spent === 0n && thisMonth === 0n)) return null;
  const type = moneyOfType(creditTypeId);
  const [only, ...others] = type?.rates ?? [];
  if (!type || !only || others.length > 0) return null;
  const text = (micro: bigint) => moneyText(micro, only.rate, type.currency);
  return { spent: text(spent), thisMonth: text(thisMonth) };
}

/** How many members and applications an organization's overview names. */
const OVERVIEW_PARTS = 5;
const OVERVIEW_ENTRIES = 8;

/** What an organization's overview shows beside its counters. */
export type OrganizationFigures = {
  /** Of the last 30 days. */
  range: DayRange;
  days: DaySpending[];
  applications: Share[];
  /** Of this month. */
  members: TopMember[];
  spentThisMonth: bigint;
  /** The newest entries of all. */
  latest: TransactionItem[];
};

/** Reads an organization's overview; to be called in the snapshot in which the organization itself is read. */
export function organizationFigures(
  scope: Scope,
  organization: OrganizationChoice,
  today: number,
): OrganizationFigures {
  const filterOfPeriod = (period: Period) =>
    transactionFilter(scope, { ...transactionsSearchParams.defaults, period }, today, organization);
  const filter = filterOfPeriod("30-days");
  return {
    range: filter.range,
    days: spendingByDay(filter),
    applications: topAndRest(spendingByApplication(filter), OVERVIEW_PARTS).top,
    members: topMembers(scope, {
      organizationId: organization.id,
      month: monthOf(today),
      limit: OVERVIEW_PARTS,
    }),
    spentThisMonth: spendingByDay(filterOfPeriod("this-month")).reduce((sum, { spent }) => sum + spent, 0n),
    latest: latestTransactions(filterOfPeriod("all"), OVERVIEW_ENTRIES),
  };
}

import { snapshot } from "#db/statement.ts";
import { type DayRange, monthOf } from "#lib/calendar.ts";
import { creditTypeNames, moneyOfType } from "#lib/credit-types/queries.ts";
import { moneyText } from "#lib/money.ts";
import type { NamedOrganization } from "#lib/organization-codes/queries.ts";
import { organizationsByIds } from "#lib/organizations/queries/organizations.ts";
import type { PrintedRows } from "#lib/print.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { modelSpending, modelSpendingNow, type SpentPart } from "./model-spending.ts";
import { tagKeys } from "./parts/tag-parts.ts";
import { hasEntries, type TransactionItem } from "./queries/entries.ts";
import { type TransactionFilter, transactionFilter } from "./queries/filter.ts";
import { latestTransactions } from "./queries/list.ts";
import { preparePrinted, prepareTransactions, type SearchedPage } from "./queries/sparse-list.ts";
import type { Period } from "./rules/periods.ts";
import { topAndRest } from "./rules.ts";
import { scopeSpending, scopeSpendingNow } from "./scope-spending.ts";
import { type TransactionsView, transactionsSearchParams } from "./search-params.ts";
import {
  type DaySpending,
  daysOfMetrics,
  type Share,
  type SpendingMetrics,
  spendingByApplication,
  spendingByDay,
  spendingMetrics,
  type TopMember,
  topMembers,
} from "./spending.ts";
import { hasDaysOfKey, isOfScope, takeSpentEntries } from "./spent-entries.ts";

/** What both tabs show. */
export type CommonFigures = {
  filter: TransactionFilter;
  metrics: SpendingMetrics;
  /** What was spent is worth this: of one credit type, which never had another rate. */
  money: { spent: string; thisMonth: string } | null;
  /** What the filter by credit type offers. */
  creditTypes: { id: number; name: string }[];
  /** Whether any organization has a tag, so that there is a filter by tags. */
  hasTags: boolean;
};

/** What the tab "List" shows, as of one moment. */
export type ListFigures = CommonFigures & { list: SearchedPage };
/** The same with all rows that are printed. */
export type PrintedFigures = CommonFigures & { list: PrintedRows<TransactionItem> };

/**
 * Reads a filter before a snapshot in pieces, and gives what is to be called in the snapshot.
 *
 * @param before the view's filter
 * @param part what the sums are split by, beside the day and the credit type; without it the days of keys may be enough
 */
export async function prepareFilter(
  scope: Scope,
  view: TransactionsView,
  {
    before,
    today,
    within,
    part,
  }: {
    before: TransactionFilter;
    today: number;
    within: NamedOrganization | null;
    part: SpentPart;
  },
): Promise<() => TransactionFilter> {
  const ofModel = part === null && hasDaysOfKey(before) ? null : await modelSpending(before, today, part);
  const ofScope = await scopeSpending(before, today);
  return () => {
    const filter = transactionFilter(scope, view, today, within);
    if (ofModel) takeSpentEntries(filter, modelSpendingNow(ofModel, filter, today));
    else if (isOfScope(filter)) takeSpentEntries(filter, scopeSpendingNow(ofScope, filter, today));
    return filter;
  };
}

export function commonFigures(
  scope: Scope,
  filter: TransactionFilter,
  days: readonly DaySpending[],
  today: number,
): CommonFigures {
  const metrics = spendingMetrics(filter, days, today);
  return {
    filter,
    metrics,
    money: moneyOfMetrics(metrics, oneCreditType(filter)),
    creditTypes: creditTypeNames(scope),
    hasTags: filter.organization === null && tagKeys(scope, 1).length > 0,
  };
}

/**
 * Reads the tab "List" in one snapshot: of everything in the scope, or `within` one organization of it.
 *
 * @param today 20261124, in the enterprise's time zone
 * @returns null while the ledger has nothing in the scope
 */
export async function listFigures(
  scope: Scope,
  view: TransactionsView,
  today: number,
  within: NamedOrganization | null = null,
): Promise<ListFigures | null> {
  return figuresWith(scope, view, {
    today,
    within,
    prepare: (filter) => prepareTransactions(filter, view),
  });
}

/** {@link listFigures} of the list to be printed. */
export async function printedFigures(
  scope: Scope,
  view: TransactionsView,
  today: number,
  within: NamedOrganization | null,
): Promise<PrintedFigures | null> {
  return figuresWith(scope, view, { today, within, prepare: preparePrinted });
}

async function figuresWith<List>(
  scope: Scope,
  view: TransactionsView,
  {
    today,
    within,
    prepare,
  }: {
    today: number;
    within: NamedOrganization | null;
    /** Gives what reads the list in the snapshot, which gives null where a restore came before it. */
    prepare: (filter: TransactionFilter) => Promise<(now: TransactionFilter) => List | null>;
  },
): Promise<(CommonFigures & { list: List }) | null> {
  for (;;) {
    const before = transactionFilter(scope, view, today, within);
    const filterNow = await prepareFilter(scope, view, { before, today, within, part: null });
    const listNow = await prepare(before);
    const figures = snapshot(() => {
      if (!hasEntries(scope)) return "nothing";
      const filter = filterNow();
      const list = listNow(filter);
      if (list === null) return "restored";
      return { ...commonFigures(scope, filter, daysOfMetrics(filter, today), today), list };
    });
    if (figures === "nothing") return null;
    if (figures !== "restored") return figures;
  }
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
): CommonFigures["money"] {
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
  spentLastMonth: bigint;
  /** This month so far, and the same number of days of the month before. */
  comparison: SpendingMetrics["comparison"];
  /** The newest entries of all. */
  latest: TransactionItem[];
};

/** Reads an organization's overview; to be called in the snapshot in which the organization itself is read. */
export function organizationFigures(
  scope: Scope,
  organization: NamedOrganization,
  today: number,
): OrganizationFigures {
  const filterOfPeriod = (period: Period) =>
    transactionFilter(scope, { ...transactionsSearchParams.defaults, period }, today, organization);
  const filter = filterOfPeriod("30-days");
  const ofMonth = filterOfPeriod("this-month");
  const { thisMonth, comparison } = spendingMetrics(ofMonth, spendingByDay(ofMonth), today);
  return {
    range: filter.range,
    days: spendingByDay(filter),
    applications: topAndRest(spendingByApplication(filter), OVERVIEW_PARTS).top,
    members: topMembers(scope, {
      organizationId: organization.id,
      month: monthOf(today),
      limit: OVERVIEW_PARTS,
    }),
    spentThisMonth: thisMonth,
    spentLastMonth: spendingByDay(filterOfPeriod("last-month")).reduce((sum, { spent }) => sum + spent, 0n),
    comparison,
    latest: latestTransactions(filterOfPeriod("all"), OVERVIEW_ENTRIES),
  };
}

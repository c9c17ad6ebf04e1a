import { setImmediate as nextTurn } from "node:timers/promises";
import { contentGeneration } from "#db/generation.ts";
import { snapshot } from "#db/statement.ts";
import type { NamedOrganization } from "#lib/organization-codes/queries.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { countEntries, walksOf } from "./entry-walks.ts";
import { type CommonFigures, commonFigures, prepareFilter } from "./figures.ts";
import type { SpentPart } from "./model-spending.ts";
import { prepareParts, type ReadParts } from "./parts/parts.ts";
import { tagKeys } from "./parts/tag-parts.ts";
import { hasEntries, latestEntryId } from "./queries/entries.ts";
import { type TransactionFilter, transactionFilter } from "./queries/filter.ts";
import {
  GROUPINGS,
  type Grouping,
  type Parts,
  type SpendTable,
  spendTable,
  type TooMany,
  tagKeyOf,
} from "./rules/grouping.ts";
import { type Bucket, bucketDays, coarser, type Granularity, granularityFor } from "./rules/periods.ts";
import type { TransactionsView } from "./search-params.ts";
import {
  type DaySpending,
  firstSpentDay,
  type Share,
  spendingByCreditType,
  spendingByDay,
} from "./spending.ts";
import { inRange, isFromEntries, isOfModelOrKey, shareSpentEntries } from "./spent-entries.ts";

/** How many keys of tags a page offers. */
const TAG_KEYS = 30;
/** How many rows the file of a table has at most; the rest is one row. */
const FILE_ROWS = 10_000;

/** A table of spending, or why there is none. */
type SpendingTable = {
  by: Grouping;
  granularity: Granularity;
  /** The columns; none where only totals were read. */
  buckets: Bucket[];
  table: SpendTable | TooMany;
};

/** What the tab "Spending" shows, as of one moment, so that the chart, the table and the totals agree. */
export type SpendingFigures = CommonFigures &
  SpendingTable & {
    /** The first and the last day of the chart; null without any spending. */
    days: { from: number; to: number } | null;
    bars: (Bucket & { spent: bigint })[];
    /** What each bar is compared with; null where nothing is compared. */
    previous: (Bucket & { spent: bigint })[] | null;
    /** Several, where the total adds up credits of several types. */
    byCreditType: Share[];
    /** What the table can be grouped by. */
    groupings: Grouping[];
  };

/** What suits the filters: a member's applications, an organization's members, else the organizations. */
function groupingOf({ by }: TransactionsView, { member, organization }: TransactionFilter): Grouping {
  if (by !== null) return by;
  if (member) return "application";
  return organization ? "member" : "organization";
}

/** What a split adds up of what the filter read; null for sums by day and credit type, and for a split with its own sums. */
function partOfSplit(by: Grouping): SpentPart {
  if (by === "application") return "application_id";
  return by === "organization" || tagKeyOf(by) !== null ? "organization_id" : null;
}

/** How many entries of a model or a key are added up by organization, because they may have as many sums. */
const MAX_SPENT_ENTRIES = 300_000;

/** Whether a split would have too many sums. */
function isTooMany(filter: TransactionFilter, by: Grouping): boolean {
  if (partOfSplit(by) !== "organization_id" || filter.organization || filter.nothing) return false;
  if (!isOfModelOrKey(filter) || filter.member || filter.externalId !== null) return false;
  const most = MAX_SPENT_ENTRIES;
  return countEntries(filter, walksOf(filter), latestEntryId(), most + 1) > most;
}

/** The first and the last day of the chart: of the range, cut to today where nothing was spent later. */
function daysOfChart({ range }: TransactionFilter, days: readonly DaySpending[], today: number) {
  const [first] = days;
  const last = days.at(-1);
  if (!first || !last) return null;
  const from = range.from ?? first.day;
  return { from, to: Math.max(Math.min(range.to ?? today, today), last.day, from) };
}

/** The length of time in which the parts are read: that of the chart, or a shorter one where that is not known yet. */
function unitOf(filter: TransactionFilter, { per }: TransactionsView, today: number): Granularity {
  const { from, to } = filter.range;
  const first = from ?? (isFromEntries(filter) ? null : firstSpentDay(filter));
  return first === null ? "day" : granularityFor(per, first, Math.max(first, Math.min(to ?? today, today)));
}

/** The figures, and their table, which reads nothing more: the 10,000 rows of a file take some 100 ms. */
function spendingNow(
  scope: Scope,
  filter: TransactionFilter,
  view: TransactionsView,
  today: number,
  read: { parts: Parts | TooMany; by: Grouping; unit: Granularity; mostRows: number },
): { figures: Omit<SpendingFigures, "table">; table: () => SpendingTable["table"] } {
  const { parts, by, unit } = read;
  const days = spendingByDay(filter);
  const chart = daysOfChart(filter, days, today);
  const granularity = chart ? coarser(unit, granularityFor(view.per, chart.from, chart.to)) : unit;
  const bars = chart ? bucketDays(days, chart.from, chart.to, granularity) : [];
  const buckets = typeof parts === "string" || parts.isTotal ? [] : bars;
  const figures = {
    ...commonFigures(scope, filter, days, today),
    days: chart,
    by,
    granularity,
    bars,
    previous: previousBars(filter, bars, granularity),
    byCreditType: filter.organization === null && view.type === null ? spendingByCreditType(filter) : [],
    groupings: groupingsOf(filter, by),
    buckets,
  };
  const table = () =>
    typeof parts === "string"
      ? parts
      : spendTable(parts, days, { buckets, granularity, rows: read.mostRows });
  return { figures, table };
}

/** The range before, cut into as many bars as the chart has. */
function previousBars(
  filter: TransactionFilter,
  bars: readonly Bucket[],
  granularity: Granularity,
): SpendingFigures["previous"] {
  const { from, to } = filter.previous ?? { from: null, to: null };
  if (from === null || to === null || bars.length === 0) return null;
  const days = spendingByDay(inRange(filter, { from, to }));
  return bucketDays(days, from, to, granularity).slice(0, bars.length);
}

/** What the table can be grouped by under a filter: not by what it has one of. */
function groupingsOf({ scope, organization }: TransactionFilter, by: Grouping): Grouping[] {
  const single: Grouping[] = organization ? ["organization", "type"] : [];
  const keys = organization ? [] : tagKeys(scope, TAG_KEYS);
  const groupings: Grouping[] = [
    ...GROUPINGS.filter((grouping) => !single.includes(grouping)),
    ...keys.map((key) => `tag:${key}` as const),
  ];
  return groupings.includes(by) ? groupings : [...groupings, by];
}

/**
 * Reads the tab "Spending" in one snapshot.
 *
 * @param rows how many rows the table has; null for those of a file
 * @returns null while the ledger has nothing in the scope
 */
export async function spendingFigures(
  scope: Scope,
  view: TransactionsView,
  today: number,
  within: NamedOrganization | null = null,
  rows: number | null = Number(view.rows),
): Promise<SpendingFigures | null> {
  const mostRows = rows ?? FILE_ROWS;
  for (;;) {
    const generation = contentGeneration();
    const before = transactionFilter(scope, view, today, within);
    const by = groupingOf(view, before);
    const tooMany = isTooMany(before, by);
    const part = tooMany ? null : partOfSplit(by);
    const filterNow = await prepareFilter(scope, view, {
      before,
      today,
      within,
      part,
    });
    const unit = unitOf(before, view, today);
    const partsNow: ReadParts = tooMany
      ? () => "spent entries"
      : await prepareParts(before, { by, granularity: unit, limit: mostRows });
    const now = snapshot(() => {
      // A restore has put other organizations and people in place.
      if (generation !== contentGeneration()) return "again";
      if (!hasEntries(scope)) return "nothing";
      const filter = filterNow();
      shareSpentEntries(filter, before);
      const parts = partsNow();
      return parts === null
        ? "again"
        : spendingNow(scope, filter, view, today, { parts, by, unit, mostRows });
    });
    if (now === "nothing") return null;
    if (now === "again") continue;
    await nextTurn();
    return { ...now.figures, table: now.table() };
  }
}

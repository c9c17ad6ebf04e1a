import { type SQL, sql } from "drizzle-orm";
import { ENTRY_MODEL, ENTRY_SPENT } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { isApplication } from "#lib/applications/queries.ts";
import { addMonths, type DayRange, firstDay, lastDay, monthOf } from "#lib/calendar.ts";
import { isWhole, scopeConditions } from "#lib/scope/scope.ts";
import type { TransactionFilter } from "./queries/filter.ts";
import { indexFor, keyConditions, keySpends, noneConditions } from "./queries/list.ts";
import { instantBounds } from "./rules.ts";

// What was spent, from the entries themselves. No counter has the sums of a person's organizations and applications, of
// an external id, of a model, of a key's applications, or of a part of the enterprise.

/** The dimension that a sum is grouped by. */
export type Dimension = "day" | "application_id" | "credit_type_id" | "organization_id";

/** WHERE with all of these conditions; nothing without any. */
export function where(conditions: SQL[]): SQL {
  return conditions.length > 0 ? sql`WHERE ${sql.join(conditions, sql` AND `)}` : sql``;
}

/** Whether a filter without entries of its own is of several organizations, of a part of the enterprise. */
export function isOfScope(filter: TransactionFilter): boolean {
  const { scope, nothing, organization } = filter;
  return !isWhole(scope) && !nothing && !organization && !hasOwnEntries(filter);
}

/** What was spent by one entry, or by several that agree in all parts. */
export type SpentEntry = Record<Dimension | "spent", bigint>;

/** The columns of {@link SpentEntry}. */
const spentEntry = (spent: SQL): SQL =>
  sql`day, application_id, credit_type_id, organization_id, ${spent} AS spent`;
export const SPENT_ENTRY = spentEntry(ENTRY_SPENT);

/** How the entries of a filter that is not of a person or an external id are read along an index, up to one entry. */
export type SpentWalk = { index: string; conditions: SQL[]; spent: SQL };

/** The index of the keys lacks reversals. So each spend that it has counts less its reversal. */
export function spentWalk(filter: TransactionFilter, upToId: number | null = null): SpentWalk {
  const index = indexFor({ ...filter, kind: "all" }, null);
  if (!filter.key?.isNarrow) return { index, conditions: spentConditions(filter), spent: ENTRY_SPENT };
  const reversed = sql`SELECT r.amount FROM ledger_entries r WHERE r.reverses_id = ledger_entries.id`;
  return {
    index,
    conditions: [...spentConditions({ ...filter, key: null }), ...keySpends(filter.key)],
    spent: sql`amount - coalesce((${reversed} ${upToId === null ? sql`` : sql`AND r.id <= ${upToId}`}), 0)`,
  };
}

/** The statement behind {@link entrySums}: the entries of a person, of an external id, of a model or of a key. */
function spentEntriesStatement(filter: TransactionFilter): SQL {
  const along = (index: string): SpentWalk => ({
    index,
    conditions: spentConditions(filter),
    spent: ENTRY_SPENT,
  });
  const { index, conditions, spent } =
    filter.externalId !== null
      ? along("ledger_entries_external_id")
      : filter.member
        ? along("ledger_entries_membership")
        : isOfScope(filter)
          ? along("ledger_entries_organization")
          : spentWalk(filter);
  return sql`SELECT ${spentEntry(spent)} FROM ledger_entries INDEXED BY ${sql.identifier(index)} ${where(conditions)}`;
}

/** A reversal has another external id, so that the entry that it corrects counts nothing. */
export const NOT_REVERSED = sql`NOT EXISTS (SELECT 1 FROM ledger_entries r WHERE r.reverses_id = ledger_entries.id)`;

/** The conditions of a filter on spends and their reversals. */
export function spentConditions(filter: TransactionFilter): SQL[] {
  const { scope, range, organization, member, membershipIds, applicationIds, creditTypeId } = filter;
  const { externalId, model, key } = filter;
  const conditions = [
    member
      ? sql`membership_id IN (SELECT value FROM json_each(${JSON.stringify(membershipIds)}))`
      : sql`membership_id IS NOT NULL`,
  ];
  if (externalId !== null) conditions.push(sql`external_id = ${externalId}`, NOT_REVERSED);
  if (model !== null) conditions.push(sql`${ENTRY_MODEL} = ${model}`);
  if (key !== null) conditions.push(...keyConditions(key));
  conditions.push(...noneConditions(filter));
  if (organization) conditions.push(sql`organization_id = ${organization.id}`);
  else if (!member) conditions.push(...scopeConditions(scope, sql`organization_id`));
  const { first, last } = instantBounds(range);
  if (first !== null) conditions.push(sql`occurred_at >= ${first}`);
  if (last !== null) conditions.push(sql`occurred_at <= ${last}`);
  if (range.from !== null) conditions.push(sql`day >= ${range.from}`);
  if (range.to !== null) conditions.push(sql`day <= ${range.to}`);
  if (applicationIds !== null) conditions.push(isApplication(applicationIds));
  if (creditTypeId !== null) conditions.push(sql`credit_type_id = ${creditTypeId}`);
  return conditions;
}

/** The entries of one filter, which a page makes for itself: read once for all of its figures. */
const entriesOf = new WeakMap<TransactionFilter, readonly SpentEntry[]>();
/** The filters whose entries reach over {@link widenedRange}. */
const isWidened = new WeakSet<TransactionFilter>();

/** Takes these entries for a filter's figures. They reach over {@link widenedRange}. */
export function takeSpentEntries(filter: TransactionFilter, entries: readonly SpentEntry[]): void {
  entriesOf.set(filter, entries);
  isWidened.add(filter);
}

/** Takes the entries that were read for one filter for another one of the same view. */
export function shareSpentEntries(from: TransactionFilter, to: TransactionFilter): void {
  const entries = entriesOf.get(from);
  if (entries && isWidened.has(from)) takeSpentEntries(to, entries);
}

/** The range of a filter widened to all that is compared: the two months of the figures, and the range before. */
export function widenedRange({ range, previous }: TransactionFilter, today: number): DayRange {
  const two = twoMonthsTo(today);
  return {
    from: range.from === null ? null : Math.min(range.from, two.from, previous?.from ?? two.from),
    to: range.to === null ? null : Math.max(range.to, two.to),
  };
}

/** The month of `today` and the one before. */
export function twoMonthsTo(today: number): { from: number; to: number } {
  const month = monthOf(today);
  return { from: firstDay(addMonths(month, -1)), to: lastDay(month) };
}

/** Whether a filter is of a model or a key, or of what has none. */
export function isOfModelOrKey({ model, noModel, key, noKey }: TransactionFilter): boolean {
  return model !== null || noModel || key !== null || noKey;
}

/** Whether a filter is of a person, an external id, a model or a key, whose entries have the organization too. */
export function hasOwnEntries(filter: TransactionFilter): boolean {
  return filter.member !== null || filter.externalId !== null || isOfModelOrKey(filter);
}

/** How many days of keys are added up at most. */
export const MAX_KEY_DAYS = 100_000;

/** All days of keys, by key. */
export const KEY_DAYS = sql`api_keys k CROSS JOIN api_key_days d ON d.api_key_id = k.id`;

/**
 * Whether the days of keys have the filter's spending by day and by credit type: all that a key reported, or what they
 * lack to all that was spent.
 */
export function hasDaysOfKey(filter: TransactionFilter): boolean {
  const { key, noKey, organization, scope } = filter;
  if (filter.member || filter.applicationIds !== null) return false;
  if (filter.externalId !== null || filter.model !== null || filter.noModel) return false;
  if (key) return !noKey && (organization ? organization.id === key.organizationId : isWhole(scope));
  return noKey && !organization && isWhole(scope) && countKeyDays() <= MAX_KEY_DAYS;
}

function countKeyDays(): number {
  const [count = 0] = statement(
    sql`SELECT count(*) FROM (SELECT 1 FROM ${KEY_DAYS} LIMIT ${MAX_KEY_DAYS + 1})`,
  ).numbers();
  return count;
}

/** Whether the spending of a filter comes from its entries. */
export function isFromEntries(filter: TransactionFilter): boolean {
  return hasOwnEntries(filter) || isOfScope(filter);
}

/** The entries of a filter for which {@link isFromEntries} is true; they may reach beyond its range. */
export function spentEntries(filter: TransactionFilter): readonly SpentEntry[] {
  const entries = entriesOf.get(filter) ?? statement<SpentEntry>(spentEntriesStatement(filter)).all();
  entriesOf.set(filter, entries);
  return entries;
}

/** The filter with another range that {@link widenedRange} has, so that the entries that were read are used again. */
export function inRange(filter: TransactionFilter, range: DayRange): TransactionFilter {
  const other = { ...filter, range };
  const entries = entriesOf.get(filter);
  if (entries && isWidened.has(filter)) takeSpentEntries(other, entries);
  return other;
}

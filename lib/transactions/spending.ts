import { type SQL, sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { isApplication } from "#lib/applications/queries.ts";
import { type DayRange, daysInRange, firstDay, lastDay, monthOf } from "#lib/calendar.ts";
import { isWhole, organizationsIn, reads, type Scope } from "#lib/scope/scope.ts";
import { largestSpenders } from "./largest-spenders.ts";
import {
  largestOfList,
  largestOrganizations,
  organizationSums,
  prepareOrganizationSums,
} from "./organization-sums.ts";
import type { TransactionFilter } from "./queries/filter.ts";
import type { Granularity } from "./rules/periods.ts";
import { monthComparison, perDay } from "./rules.ts";
import {
  type Dimension,
  hasDaysOfKey,
  hasOwnEntries,
  inRange,
  isFromEntries,
  isOfModelOrKey,
  KEY_DAYS,
  spentEntries,
  twoMonthsTo,
  where,
} from "./spent-entries.ts";

// Spending is spends less their reversals, each on the day of the spend. It does not depend on the kind of a view.

export type DaySpending = { day: number; spent: bigint };
export type Share = { id: number; label: string; code: string | null; spent: bigint };

/** The figures over the list. */
export type SpendingMetrics = {
  spent: bigint;
  /** The number of days that the average is over; 0 without any spending. */
  days: number;
  perDay: bigint;
  thisMonth: bigint;
  /** This month so far, and the same number of days of the month before. */
  comparison: { now: DayRange; nowSpent: bigint; before: DayRange; beforeSpent: bigint };
};

/** From this number of days on, reading all days in the order of the parts costs less than sorting the days of the range. */
const LONG_RANGE_DAYS = 100;

function isLong({ from, to }: DayRange): boolean {
  return from === null || to === null || daysInRange(from, to) >= LONG_RANGE_DAYS;
}

/** The table of sums by day from which sums by `part` of the filter's spending are read. */
function source(filter: TransactionFilter, part: Dimension): SQL {
  const { range, organization, applicationIds, creditTypeId, key } = filter;
  if (filter.noKey) return daysWithoutKey(filter);
  const conditions: SQL[] = [];
  if (key) {
    conditions.push(sql`api_key_id = ${key.id}`);
    if (range.from !== null) conditions.push(sql`day >= ${range.from}`);
    if (range.to !== null) conditions.push(sql`day <= ${range.to}`);
    if (creditTypeId !== null) conditions.push(sql`credit_type_id = ${creditTypeId}`);
    return sql`(SELECT day, credit_type_id, spent FROM api_key_days ${where(conditions)})`;
  }
  // With the plus, SQLite does not look days up in an index.
  const day = part !== "day" && organization === null && isLong(range) ? sql`+day` : sql`day`;
  if (range.from !== null) conditions.push(sql`${day} >= ${range.from}`);
  if (range.to !== null) conditions.push(sql`${day} <= ${range.to}`);
  if (applicationIds !== null) conditions.push(isApplication(applicationIds));
  if (organization) {
    conditions.push(sql`organization_id = ${organization.id}`);
    // The credit type of an organization is fixed once it has spent.
    const type = sql`(SELECT credit_type_id FROM organizations WHERE id = ${organization.id})`;
    if (creditTypeId !== null) conditions.push(sql`${creditTypeId} = ${type}`);
    return sql`(SELECT day, application_id, ${type} AS credit_type_id, organization_id, spent FROM organization_days ${where(conditions)})`;
  }
  if (creditTypeId !== null) conditions.push(sql`credit_type_id = ${creditTypeId}`);
  return sql`(SELECT day, application_id, credit_type_id, spent FROM credit_type_days ${where(conditions)})`;
}

/** All that was spent, less what each key reported. */
function daysWithoutKey({ range, creditTypeId }: TransactionFilter): SQL {
  const conditions: SQL[] = [];
  if (range.from !== null) conditions.push(sql`day >= ${range.from}`);
  if (range.to !== null) conditions.push(sql`day <= ${range.to}`);
  if (creditTypeId !== null) conditions.push(sql`credit_type_id = ${creditTypeId}`);
  return sql`(SELECT day, credit_type_id, spent FROM credit_type_days ${where(conditions)}
    UNION ALL SELECT day, credit_type_id, -spent FROM ${KEY_DAYS} ${where(conditions)})`;
}

/** Whether the sums by `part` come from entries, because no table has them. */
function isReadFromEntries(filter: TransactionFilter, part: Dimension): boolean {
  const isOfDays = (part === "day" || part === "credit_type_id") && hasDaysOfKey(filter);
  return isFromEntries(filter) && !isOfDays;
}

function sums(filter: TransactionFilter, part: Dimension): { key: number; spent: bigint }[] {
  if (filter.nothing) return [];
  if (isReadFromEntries(filter, part)) return entrySums(filter, part);
  return statement<{ key: bigint; spent: bigint }>(
    sql`SELECT ${sql.raw(part)} AS key, sum(spent) AS spent FROM ${source(filter, part)} GROUP BY 1 ORDER BY 1`,
  )
    .all()
    .map(({ key, spent }) => ({ key: Number(key), spent }));
}

function entrySums(filter: TransactionFilter, part: Dimension): { key: number; spent: bigint }[] {
  const byKey = new Map<number, bigint>();
  const from = filter.range.from ?? 0;
  const to = filter.range.to ?? Number.POSITIVE_INFINITY;
  for (const entry of spentEntries(filter)) {
    if (entry.day < from || entry.day > to) continue;
    const key = Number(entry[part]);
    byKey.set(key, (byKey.get(key) ?? 0n) + entry.spent);
  }
  return [...byKey].map(([key, spent]) => ({ key, spent })).sort((a, b) => a.key - b.key);
}

/**
 * The days since Monday of the column `day`, which has days as 20261128: Sakamoto's formula. Its year begins in March, and the
 * digits are what each month adds.
 */
const WEEKDAY = sql`((day - 300) / 10000 + (day - 300) / 40000 - (day - 300) / 1000000 + (day - 300) / 4000000
  + substr('032503514624', day / 100 % 100, 1) + day % 100 + 6) % 7`;

/**
 * The first day of the length of time that the column `day` belongs to; of a week, its first day in the month of `day`. A week
 * in two months has two such days.
 */
export function unitColumn(granularity: Granularity): SQL {
  switch (granularity) {
    case "day":
      return sql`day`;
    case "week":
      return sql`max(day - ${WEEKDAY}, day / 100 * 100 + 1)`;
    case "month":
      return sql`day / 100 * 100 + 1`;
    case "year":
      return sql`day / 10000 * 10000 + 101`;
  }
}

/** What was spent by one part in one length of time, which {@link unitColumn} names. */
export type PartDay = { key: number; day: number; spent: bigint };

/** Runs a query that gives part, day and sum. */
export function readPartDays(query: SQL): PartDay[] {
  return statement(query)
    .lists<[bigint, bigint, bigint]>()
    .map(([key, day, spent]) => ({ key: Number(key), day: Number(day), spent }));
}

/** What each part spent. */
export const daysByPart = (days: readonly PartDay[]): Map<number, PartDay[]> =>
  Map.groupBy(days, ({ key }) => key);

/**
 * What was spent by each part in each length of time.
 *
 * @param among the parts to give where they come from entries, which may have very many; null for all
 */
export function partDays(
  filter: TransactionFilter,
  part: Dimension,
  granularity: Granularity,
  among: ReadonlySet<number> | null = null,
): PartDay[] {
  if (filter.nothing) return [];
  if (isReadFromEntries(filter, part)) {
    const from = filter.range.from ?? 0;
    const to = filter.range.to ?? Number.POSITIVE_INFINITY;
    return spentEntries(filter)
      .filter((entry) => entry.day >= from && entry.day <= to && (among?.has(Number(entry[part])) ?? true))
      .map((entry) => ({ key: Number(entry[part]), day: Number(entry.day), spent: entry.spent }));
  }
  return readPartDays(
    sql`SELECT ${sql.raw(part)}, ${unitColumn(granularity)}, sum(spent) FROM ${source(filter, part)} GROUP BY 1, 2`,
  );
}

/** What was spent on each day, oldest first. A day whose spends were all reversed has nothing, and is left out. */
export function spendingByDay(filter: TransactionFilter): DaySpending[] {
  return sums(filter, "day")
    .filter(({ spent }) => spent !== 0n)
    .map(({ key, spent }) => ({ day: key, spent }));
}

/** Whether a filter is of everything that a person has spent in some organizations. */
const isOfPersonAlone = (filter: TransactionFilter): boolean =>
  filter.member !== null &&
  !filter.nothing &&
  filter.range.from === null &&
  filter.range.to === null &&
  filter.applicationIds === null &&
  filter.creditTypeId === null &&
  filter.externalId === null &&
  !isOfModelOrKey(filter);

/**
 * The days of {@link spendingByDay} that {@link spendingMetrics} needs. Of a person's whole time, what was spent before
 * the two months to `today` is one sum on the first day, because no table has a person's days, and to add up years of
 * entries takes as long as the rest of the page.
 */
export function daysOfMetrics(filter: TransactionFilter, today: number): DaySpending[] {
  if (!isOfPersonAlone(filter)) return spendingByDay(filter);
  const { from } = twoMonthsTo(today);
  const recent = spendingByDay({ ...filter, range: { from, to: null } });
  const [first, before] = statement(
    sql`SELECT min(month), sum(spent) FROM membership_months
      WHERE membership_id IN (SELECT value FROM json_each(${JSON.stringify(filter.membershipIds)}))
        AND month < ${monthOf(from)} AND spent > 0`,
  ).list<[bigint | null, bigint | null]>() ?? [null, null];
  if (first === null || before === null) return recent;
  const month = Number(first);
  const [earliest] = spendingByDay({ ...filter, range: { from: firstDay(month), to: lastDay(month) } });
  return [{ day: earliest?.day ?? firstDay(month), spent: before }, ...recent];
}

/** The first day of {@link spendingByDay}; null without any. The filter must be one that reads days and no entries. */
export function firstSpentDay(filter: TransactionFilter): number | null {
  if (filter.nothing) return null;
  const [day] = statement(
    sql`SELECT day FROM ${source(filter, "day")} GROUP BY day HAVING sum(spent) <> 0 ORDER BY day LIMIT 1`,
  ).numbers();
  return day ?? null;
}

function total(days: readonly DaySpending[]): bigint {
  return days.reduce((sum, { spent }) => sum + spent, 0n);
}

/** `days` is {@link spendingByDay} or {@link daysOfMetrics} of the same filter. */
export function spendingMetrics(
  filter: TransactionFilter,
  days: readonly DaySpending[],
  today: number,
): SpendingMetrics {
  const spent = total(days);
  const from = filter.range.from ?? days[0]?.day ?? null;
  // Future days do not count towards the average, unless they have spending.
  const to = Math.max(Math.min(filter.range.to ?? today, today), days.at(-1)?.day ?? 0);
  const count = from === null || days.length === 0 || from > to ? 0 : daysInRange(from, to);
  const { now, before } = monthComparison(today);
  const month = monthOf(today);
  const twoMonths = twoMonthsTo(today);
  const coversTwoMonths =
    (filter.range.from ?? twoMonths.from) <= twoMonths.from &&
    (filter.range.to ?? twoMonths.to) >= twoMonths.to;
  const recent = coversTwoMonths ? days : spendingByDay(inRange(filter, twoMonths));
  const within = (range: DayRange) =>
    total(recent.filter(({ day }) => day >= (range.from ?? 0) && day <= (range.to ?? 0)));
  return {
    spent,
    days: count,
    perDay: perDay(spent, count),
    thisMonth: within({ from: firstDay(month), to: lastDay(month) }),
    comparison: { now, nowSpent: within(now), before, beforeSpent: within(before) },
  };
}

/** These sums with the names of their keys from a table. */
function named(table: SQL, sums: readonly { key: number; spent: bigint }[]): Share[] {
  const rows = statement<{ id: bigint; label: string; code: string | null }>(
    sql`SELECT ${table} WHERE id IN (SELECT value FROM json_each(${JSON.stringify(sums.map(({ key }) => key))}))`,
  ).all();
  const names = new Map(rows.map((row) => [Number(row.id), row]));
  return sums.map(({ key, spent }) => {
    const { label, code } = names.get(key) ?? { label: "", code: null };
    return { id: key, label, code, spent };
  });
}

/** What was spent in merged applications counts for the one that they were merged into. */
export function spendingByApplication(filter: TransactionFilter): Share[] {
  const recorded = sums(filter, "application_id");
  const rows = statement<{ recordedId: bigint; id: bigint; label: string }>(
    sql`SELECT r.id AS recordedId, a.id, a.name AS label FROM applications r
      JOIN applications a ON a.id = coalesce(r.merged_into_id, r.id)
      WHERE r.id IN (SELECT value FROM json_each(${JSON.stringify(recorded.map(({ key }) => key))}))`,
  ).all();
  const shown = new Map(rows.map((row) => [Number(row.recordedId), row]));
  const shares = new Map<number, Share>();
  for (const { key, spent } of recorded) {
    const application = shown.get(key);
    const id = Number(application?.id ?? key);
    const before = shares.get(id)?.spent ?? 0n;
    shares.set(id, { id, label: application?.label ?? "", code: null, spent: before + spent });
  }
  return [...shares.values()].sort((one, other) => one.id - other.id);
}

export function spendingByCreditType(filter: TransactionFilter): Share[] {
  return named(sql`id, name AS label, NULL AS code FROM credit_types`, sums(filter, "credit_type_id"));
}

/** Whether the split by organization has to add up months and days, because no counter and no narrower index has it. */
function needsSums(filter: TransactionFilter): boolean {
  const { range, applicationIds, nothing } = filter;
  if (nothing || hasFewSums(filter)) return false;
  return range.from !== null || range.to !== null || applicationIds !== null;
}

/** Reads what {@link topOrganizations} needs without holding up the event loop. To be called before the page's snapshot. */
export async function prepareTopOrganizations(filter: TransactionFilter): Promise<void> {
  if (needsSums(filter)) await prepareOrganizationSums(filter);
}

const ofCreditType = ({ creditTypeId }: TransactionFilter): SQL[] =>
  creditTypeId === null ? [] : [sql`credit_type_id = ${creditTypeId}`];

/** Whether the filter leaves few organizations or entries, which are added up at once. */
const hasFewSums = (filter: TransactionFilter): boolean =>
  filter.organization !== null || hasOwnEntries(filter);

/** The sums by organization that are the largest, above nothing. */
function topSums(filter: TransactionFilter, limit: number): { key: number; spent: bigint }[] {
  if (needsSums(filter)) return largestOrganizations(filter, limit, filter.scope);
  if (hasFewSums(filter)) return largestOfList(sums(filter, "organization_id"), limit);
  const conditions = sql.join([sql`spent > 0`, ...ofCreditType(filter)], sql` AND `);
  const from = isWhole(filter.scope)
    ? sql`organizations`
    : sql`${organizationsIn(filter.scope)} s CROSS JOIN organizations o ON o.id = s.value`;
  const id = isWhole(filter.scope) ? sql`id` : sql`o.id`;
  return statement<{ id: bigint; spent: bigint }>(
    sql`SELECT ${id}, spent FROM ${from} WHERE ${conditions} ORDER BY spent DESC, ${id} DESC LIMIT ${limit}`,
  )
    .all()
    .map(({ id, spent }) => ({ key: Number(id), spent }));
}

/** What each organization spent under the filter, by its id. */
export function spentByOrganization(filter: TransactionFilter): (id: number) => bigint {
  if (filter.nothing) return () => 0n;
  if (needsSums(filter)) {
    const spent = organizationSums(filter);
    return (id) => spent[id] ?? 0n;
  }
  const rows: (readonly [id: number, spent: bigint])[] = hasFewSums(filter)
    ? sums(filter, "organization_id").map(({ key, spent }) => [key, spent])
    : statement(
        sql`SELECT id, spent FROM organizations INDEXED BY organizations_spent WHERE ${sql.join(
          [sql`spent > 0`, ...ofCreditType(filter)],
          sql` AND `,
        )}`,
      )
        .lists<[bigint, bigint]>()
        .map(([id, spent]) => [Number(id), spent]);
  const spent = new Map(rows);
  return (id) => spent.get(id) ?? 0n;
}

/** The organizations that spent the most. */
export function topOrganizations(filter: TransactionFilter, limit: number): Share[] {
  if (filter.nothing) return [];
  return named(sql`id, name AS label, code FROM organizations`, topSums(filter, limit));
}

export type TopMember = { id: number; name: string; email: string; spent: bigint };

/** The members of an organization who spent the most in a month, e.g. 202611; none of an organization outside the scope. */
export function topMembers(
  scope: Scope,
  { organizationId, month, limit }: { organizationId: number; month: number; limit: number },
): TopMember[] {
  if (!reads(scope, organizationId)) return [];
  const { people } = largestSpenders(organizationId, { month, limit });
  const rows = statement<{ id: bigint; name: string; email: string }>(
    sql`SELECT id, name, email FROM members WHERE id IN (SELECT value FROM json_each(${JSON.stringify(people.map(([id]) => id))}))`,
  ).all();
  const members = new Map(rows.map(({ id, name, email }) => [Number(id), { name, email }]));
  return people.flatMap(([id, spent]) => {
    const member = members.get(id);
    return member ? [{ id, ...member, spent }] : [];
  });
}

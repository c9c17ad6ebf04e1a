import { type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { rowsOf } from "#db/prepared.ts";
import { FewSums, keptSums, ManySums, type Part } from "./kept-sums.ts";
import type { TransactionFilter } from "./queries.ts";
import {
  addDays,
  addMonths,
  type DayRange,
  daysInRange,
  firstDay,
  instantBounds,
  lastDay,
  monthComparison,
  monthOf,
  perDay,
} from "./rules.ts";

// What was spent is spends less their reversals, each in the day of the spend. A view's kind does not touch it.

export type DaySpending = { day: number; spent: bigint };
export type Share = { id: number; label: string; code: string | null; spent: bigint };

/** The figures over the list. */
export type SpendingMetrics = {
  spent: bigint;
  /** The days that `spent` is over, for the average; 0 when there is nothing yet. */
  days: number;
  perDay: bigint;
  thisMonth: bigint;
  /** This month so far and as many first days of the month before. */
  comparison: { now: DayRange; nowSpent: bigint; before: DayRange; beforeSpent: bigint };
};

function where(conditions: SQL[]): SQL {
  return conditions.length > 0 ? sql`WHERE ${sql.join(conditions, sql` AND `)}` : sql``;
}

/** Where the filter's spending is read from: the table of days that has it added up. */
function source(filter: TransactionFilter): SQL {
  const { range, organization, applicationId, creditTypeId } = filter;
  const conditions: SQL[] = [];
  if (range.from !== null) conditions.push(sql`day >= ${range.from}`);
  if (range.to !== null) conditions.push(sql`day <= ${range.to}`);
  if (applicationId !== null) conditions.push(sql`application_id = ${applicationId}`);
  if (organization) {
    conditions.push(sql`organization_id = ${organization.id}`);
    // An organization keeps its credit type once it has spent.
    const type = sql`(SELECT credit_type_id FROM organizations WHERE id = ${organization.id})`;
    if (creditTypeId !== null) conditions.push(sql`${creditTypeId} = ${type}`);
    return sql`(SELECT day, application_id, ${type} AS credit_type_id, organization_id, spent FROM organization_days ${where(conditions)})`;
  }
  if (creditTypeId !== null) conditions.push(sql`credit_type_id = ${creditTypeId}`);
  return sql`(SELECT day, application_id, credit_type_id, spent FROM credit_type_days ${where(conditions)})`;
}

function sums(filter: TransactionFilter, part: Part): { key: number; spent: bigint }[] {
  if (filter.nothing) return [];
  if (filter.member) return personSums(filter, part);
  if (filter.organization) return readSums(filter, part);
  return keptSums(filter, part, () => new FewSums(readSums(filter, part))).inOrder();
}

function readSums(filter: TransactionFilter, part: Part): { key: number; spent: bigint }[] {
  return rowsOf<{ key: bigint; spent: bigint }>(
    sql`SELECT ${sql.raw(part)} AS key, sum(spent) AS spent FROM ${source(filter)} GROUP BY 1 ORDER BY 1`,
    database(),
  ).map(({ key, spent }) => ({ key: Number(key), spent }));
}

type PersonEntry = Record<Part | "spent", bigint>;

/** The statement behind {@link personSums}. */
export function personEntriesStatement({
  range,
  membershipIds,
  applicationId,
  creditTypeId,
}: TransactionFilter): SQL {
  const conditions = [sql`membership_id IN (SELECT value FROM json_each(${JSON.stringify(membershipIds)}))`];
  const { first, last } = instantBounds(range);
  if (first !== null) conditions.push(sql`occurred_at >= ${first}`);
  if (last !== null) conditions.push(sql`occurred_at <= ${last}`);
  if (range.from !== null) conditions.push(sql`day >= ${range.from}`);
  if (range.to !== null) conditions.push(sql`day <= ${range.to}`);
  if (applicationId !== null) conditions.push(sql`application_id = ${applicationId}`);
  if (creditTypeId !== null) conditions.push(sql`credit_type_id = ${creditTypeId}`);
  return sql`SELECT day, application_id, credit_type_id, organization_id,
    CASE credit_account WHEN 'consumed' THEN amount ELSE -amount END AS spent
    FROM ledger_entries INDEXED BY ledger_entries_membership ${where(conditions)}`;
}

/** A person's entries of a page's one filter, read once for all of its figures. */
const personEntries = new WeakMap<TransactionFilter, PersonEntry[]>();

function personSums(filter: TransactionFilter, part: Part): { key: number; spent: bigint }[] {
  const entries =
    personEntries.get(filter) ?? rowsOf<PersonEntry>(personEntriesStatement(filter), database());
  personEntries.set(filter, entries);
  const sums = new FewSums([]);
  for (const entry of entries) sums.add(Number(entry[part]), entry.spent);
  return sums.inOrder();
}

/** What was spent on each day that has any, oldest first. */
export function spendingByDay(filter: TransactionFilter): DaySpending[] {
  return sums(filter, "day").map(({ key, spent }) => ({ day: key, spent }));
}

function total(days: readonly DaySpending[]): bigint {
  return days.reduce((sum, { spent }) => sum + spent, 0n);
}

/** `days` is {@link spendingByDay} of the same filter. */
export function spendingMetrics(
  filter: TransactionFilter,
  days: readonly DaySpending[],
  today: number,
): SpendingMetrics {
  const spent = total(days);
  const from = filter.range.from ?? days[0]?.day ?? null;
  // Days to come do not thin the average, unless something is dated there.
  const to = Math.max(Math.min(filter.range.to ?? today, today), days.at(-1)?.day ?? 0);
  const count = from === null || days.length === 0 || from > to ? 0 : daysInRange(from, to);
  const { now, before } = monthComparison(today);
  const month = monthOf(today);
  const wanted = { from: firstDay(addMonths(month, -1)), to: lastDay(month) };
  const known =
    (filter.range.from ?? wanted.from) <= wanted.from && (filter.range.to ?? wanted.to) >= wanted.to;
  const recent = known ? days : spendingByDay({ ...filter, range: wanted });
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

/** These sums with the names that a table has under their keys. */
function named(table: SQL, found: readonly { key: number; spent: bigint }[]): Share[] {
  const rows = rowsOf<{ id: bigint; label: string; code: string | null }>(
    sql`SELECT ${table} WHERE id IN (SELECT value FROM json_each(${JSON.stringify(found.map(({ key }) => key))}))`,
    database(),
  );
  const names = new Map(rows.map((row) => [Number(row.id), row]));
  return found.map(({ key, spent }) => {
    const { label, code } = names.get(key) ?? { label: "", code: null };
    return { id: key, label, code, spent };
  });
}

export function spendingByApplication(filter: TransactionFilter): Share[] {
  return named(sql`id, name AS label, NULL AS code FROM applications`, sums(filter, "application_id"));
}

export function spendingByCreditType(filter: TransactionFilter): Share[] {
  return named(sql`id, name AS label, NULL AS code FROM credit_types`, sums(filter, "credit_type_id"));
}

/**
 * The parts of a range that lie in whole months and the days around them. A whole month is read from its own table.
 */
function wholeMonths({ from, to }: DayRange): { months: DayRange; days: DayRange[] } {
  const first = from === null ? null : from % 100 === 1 ? monthOf(from) : addMonths(monthOf(from), 1);
  const last = to === null ? null : to === lastDay(monthOf(to)) ? monthOf(to) : addMonths(monthOf(to), -1);
  if (first !== null && last !== null && first > last)
    return { months: { from: 1, to: 0 }, days: [{ from, to }] };
  const days: DayRange[] = [];
  if (first !== null && from !== null && from < firstDay(first)) {
    days.push({ from, to: addDays(firstDay(first), -1) });
  }
  if (last !== null && to !== null && to > lastDay(last)) {
    days.push({ from: addDays(lastDay(last), 1), to });
  }
  return { months: { from: first, to: last }, days };
}

/**
 * The statement behind {@link topOrganizations} where no organization's counter has the answer: every organization's
 * sum.
 */
export function organizationSumsStatement({ creditTypeId, applicationId, range }: TransactionFilter): SQL {
  const { months, days } = wholeMonths(range);
  const monthConditions: SQL[] = [];
  if (months.from !== null) monthConditions.push(sql`month >= ${months.from}`);
  if (months.to !== null) monthConditions.push(sql`month <= ${months.to}`);
  if (applicationId !== null) monthConditions.push(sql`application_id = ${applicationId}`);
  const parts = [sql`SELECT organization_id, spent FROM organization_months ${where(monthConditions)}`];
  for (const { from, to } of days) {
    const conditions = [sql`day >= ${from}`, sql`day <= ${to}`];
    if (applicationId !== null) conditions.push(sql`application_id = ${applicationId}`);
    parts.push(
      sql`SELECT organization_id, spent FROM organization_days INDEXED BY organization_days_day ${where(conditions)}`,
    );
  }
  const ofType =
    creditTypeId === null
      ? sql``
      : sql`AND (SELECT credit_type_id FROM organizations o WHERE o.id = organization_id) = ${creditTypeId}`;
  return sql`SELECT organization_id AS id, sum(spent) AS spent FROM (${sql.join(parts, sql` UNION ALL `)})
    GROUP BY 1 HAVING sum(spent) > 0 ${ofType}`;
}

/** The sums by organization that are the largest, above nothing. */
function largestSums(filter: TransactionFilter, limit: number): { key: number; spent: bigint }[] {
  const { range, member, organization, applicationId, creditTypeId } = filter;
  const read = (statement: SQL) =>
    rowsOf<{ id: bigint; spent: bigint }>(statement, database()).map(({ id, spent }) => ({
      key: Number(id),
      spent,
    }));
  if (member || organization) {
    return sums(filter, "organization_id")
      .filter(({ spent }) => spent > 0n)
      .sort((a, b) => (a.spent < b.spent ? 1 : a.spent > b.spent ? -1 : 0))
      .slice(0, limit);
  }
  if (range.from === null && range.to === null && applicationId === null) {
    const type = creditTypeId === null ? sql`` : sql`AND credit_type_id = ${creditTypeId}`;
    return read(
      sql`SELECT id, spent FROM organizations WHERE spent > 0 ${type} ORDER BY spent DESC, id DESC LIMIT ${limit}`,
    );
  }
  return keptSums(filter, "organization_id", () => new ManySums(read(organizationSumsStatement(filter)))).top(
    limit,
  );
}

/** The organizations that spent the most. */
export function topOrganizations(filter: TransactionFilter, limit: number): Share[] {
  if (filter.nothing) return [];
  return named(sql`id, name AS label, code FROM organizations`, largestSums(filter, limit));
}

/** The members of an organization who spent the most in a month, e.g. 202611. */
export function topMembers(
  organizationId: number,
  month: number,
  limit: number,
): { id: number; name: string; email: string; spent: bigint }[] {
  return database()
    .all<{ id: bigint; name: string; email: string; spent: bigint }>(sql`
      SELECT p.id, p.name, p.email, m.spent FROM membership_months m
      JOIN memberships ms ON ms.id = m.membership_id JOIN members p ON p.id = ms.member_id
      WHERE m.organization_id = ${organizationId} AND m.month = ${month} AND m.spent > 0
      ORDER BY m.spent DESC LIMIT ${limit}`)
    .map((row) => ({ ...row, id: Number(row.id) }));
}

import { inArray, type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { applications, creditTypes, organizations } from "#db/schema/index.ts";
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

/** Where the filter's spending is read from: a person's entries, or the table of days that has it added up. */
function source(filter: TransactionFilter): SQL {
  const { range, organization, member, applicationId, creditTypeId } = filter;
  const conditions: SQL[] = [];
  if (range.from !== null) conditions.push(sql`day >= ${range.from}`);
  if (range.to !== null) conditions.push(sql`day <= ${range.to}`);
  if (applicationId !== null) conditions.push(sql`application_id = ${applicationId}`);
  if (member) {
    const { first, last } = instantBounds(range);
    conditions.push(sql`membership_id IN ${filter.membershipIds}`);
    if (first !== null) conditions.push(sql`occurred_at >= ${first}`);
    if (last !== null) conditions.push(sql`occurred_at <= ${last}`);
    if (creditTypeId !== null) conditions.push(sql`credit_type_id = ${creditTypeId}`);
    return sql`(SELECT day, application_id, credit_type_id, organization_id,
      CASE credit_account WHEN 'consumed' THEN amount ELSE -amount END AS spent
      FROM ledger_entries INDEXED BY ledger_entries_membership ${where(conditions)})`;
  }
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
  if (filter.member || filter.organization) return readSums(filter, part);
  return keptSums(filter, part, () => new FewSums(readSums(filter, part))).inOrder();
}

function readSums(filter: TransactionFilter, part: Part): { key: number; spent: bigint }[] {
  return database()
    .all<{ key: bigint; spent: bigint }>(
      sql`SELECT ${sql.raw(part)} AS key, sum(spent) AS spent FROM ${source(filter)} GROUP BY 1 ORDER BY 1`,
    )
    .map(({ key, spent }) => ({ key: Number(key), spent }));
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
  const recent = spendingByDay({
    ...filter,
    range: { from: firstDay(addMonths(month, -1)), to: lastDay(month) },
  });
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

export function spendingByApplication(filter: TransactionFilter): Share[] {
  const found = sums(filter, "application_id");
  const names = new Map(
    database()
      .select({ id: applications.id, name: applications.name })
      .from(applications)
      .where(
        inArray(
          applications.id,
          found.map(({ key }) => key),
        ),
      )
      .all()
      .map(({ id, name }) => [id, name]),
  );
  return found.map(({ key, spent }) => ({ id: key, label: names.get(key) ?? "", code: null, spent }));
}

export function spendingByCreditType(filter: TransactionFilter): Share[] {
  const names = new Map(
    database()
      .select({ id: creditTypes.id, name: creditTypes.name })
      .from(creditTypes)
      .all()
      .map(({ id, name }) => [id, name]),
  );
  return sums(filter, "credit_type_id").map(({ key, spent }) => ({
    id: key,
    label: names.get(key) ?? "",
    code: null,
    spent,
  }));
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
 * The statement behind {@link topOrganizations} where no organization's counter has the answer; with a limit of -1 every
 * organization's sum.
 */
export function topOrganizationsStatement(filter: TransactionFilter, limit: number): SQL {
  const { creditTypeId, applicationId, range, member, organization } = filter;
  const parts: SQL[] = [];
  if (member || organization) {
    parts.push(sql`SELECT organization_id, spent FROM ${source(filter)}`);
  } else {
    const { months, days } = wholeMonths(range);
    const monthConditions: SQL[] = [];
    if (months.from !== null) monthConditions.push(sql`month >= ${months.from}`);
    if (months.to !== null) monthConditions.push(sql`month <= ${months.to}`);
    if (applicationId !== null) monthConditions.push(sql`application_id = ${applicationId}`);
    parts.push(sql`SELECT organization_id, spent FROM organization_months ${where(monthConditions)}`);
    for (const { from, to } of days) {
      const conditions = [sql`day >= ${from}`, sql`day <= ${to}`];
      if (applicationId !== null) conditions.push(sql`application_id = ${applicationId}`);
      parts.push(
        sql`SELECT organization_id, spent FROM organization_days INDEXED BY organization_days_day ${where(conditions)}`,
      );
    }
  }
  const ofType =
    creditTypeId === null
      ? sql``
      : sql`WHERE organization_id IN (SELECT id FROM organizations WHERE credit_type_id = ${creditTypeId})`;
  return sql`SELECT organization_id AS id, sum(spent) AS spent FROM (${sql.join(parts, sql` UNION ALL `)}) ${ofType}
    GROUP BY 1 HAVING sum(spent) > 0 ORDER BY 2 DESC, 1 LIMIT ${limit}`;
}

/** The organizations that spent the most. */
export function topOrganizations(filter: TransactionFilter, limit: number): Share[] {
  if (filter.nothing) return [];
  const { range, member, organization, applicationId, creditTypeId } = filter;
  const everything =
    range.from === null && range.to === null && !member && !organization && applicationId === null;
  const type = creditTypeId === null ? sql`` : sql`AND credit_type_id = ${creditTypeId}`;
  const read = (statement: SQL) =>
    database()
      .all<{ id: bigint; spent: bigint }>(statement)
      .map(({ id, spent }) => ({ key: Number(id), spent }));
  const found = everything
    ? read(
        sql`SELECT id, spent FROM organizations WHERE spent > 0 ${type} ORDER BY spent DESC, id DESC LIMIT ${limit}`,
      )
    : member || organization
      ? read(topOrganizationsStatement(filter, limit))
      : keptSums(
          filter,
          "organization_id",
          () => new ManySums(read(topOrganizationsStatement(filter, -1))),
        ).top(limit);
  const known = new Map(
    database()
      .select({ id: organizations.id, name: organizations.name, code: organizations.code })
      .from(organizations)
      .where(
        inArray(
          organizations.id,
          found.map(({ key }) => key),
        ),
      )
      .all()
      .map((row) => [row.id, row]),
  );
  return found.map(({ key, spent }) => {
    const organization = known.get(key);
    return { id: key, label: organization?.name ?? "", code: organization?.code ?? "", spent };
  });
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

import { type SQL, sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { firstDay, lastDay, monthOf } from "#lib/calendar.ts";
import { isWhole, organizationsIn, scopeConditions } from "#lib/scope/scope.ts";
import type { TransactionFilter } from "../queries/filter.ts";
import type { DaySum, Part, Parts, TooMany } from "../rules/grouping.ts";
import type { Granularity } from "../rules/periods.ts";
import { where } from "../spent-entries.ts";
import { type EntrySums, entrySums, entrySumsNow } from "./entry-parts.ts";

// The counters have what each membership spent in a month. They answer whole months; other ranges, applications and
// models are added up from entries.

/** How many months of memberships are added up at most. */
const MAX_MONTHS = 50_000;

/** Whether the counters have the filter's spending. */
function hasMonths({ range, member, applicationIds, externalId, model }: TransactionFilter): boolean {
  if (member || applicationIds !== null || externalId !== null || model !== null) return false;
  const { from, to } = range;
  return (from === null || from === firstDay(monthOf(from))) && (to === null || to === lastDay(monthOf(to)));
}

type People = { ids: number[]; count: number | null };

/** The people who spent the most in a filter that has months. */
function topPeople(filter: TransactionFilter, limit: number): People | TooMany {
  const { range, organization, creditTypeId, scope } = filter;
  if (range.from === null && range.to === null && creditTypeId === null) {
    if (organization) {
      const ids = statement(
        sql`SELECT member_id FROM memberships INDEXED BY memberships_organization_spent
          WHERE organization_id = ${organization.id} AND spent > 0 ORDER BY spent DESC, id DESC LIMIT ${limit + 1}`,
      ).numbers();
      // A person has several memberships in an organization where another person was merged into them.
      const people = [...new Set(ids)];
      return { ids: people.slice(0, limit), count: ids.length > limit ? null : people.length };
    }
    if (isWhole(scope)) {
      const ids = statement(
        sql`SELECT id FROM members INDEXED BY members_spent
          WHERE spent > 0 ORDER BY spent DESC, id DESC LIMIT ${limit + 1}`,
      ).numbers();
      return { ids: ids.slice(0, limit), count: ids.length > limit ? null : ids.length };
    }
  }
  const months = monthsOf(filter);
  const [rows = 0] = statement(
    sql`SELECT count(*) FROM (SELECT 1 FROM ${months} LIMIT ${MAX_MONTHS + 1})`,
  ).numbers();
  if (rows > MAX_MONTHS) return "members";
  const people = statement(
    sql`SELECT ms.member_id, count(*) OVER () FROM ${months} CROSS JOIN memberships ms ON ms.id = mm.membership_id
      GROUP BY ms.member_id HAVING sum(mm.spent) > 0 ORDER BY sum(mm.spent) DESC, ms.member_id LIMIT ${limit}`,
  ).lists<[bigint, bigint]>();
  return { ids: people.map(([id]) => Number(id)), count: Number(people[0]?.[1] ?? 0n) };
}

/** The months of the filter's memberships, as the table `mm` with its conditions. */
function monthsOf({ range, organization, creditTypeId, scope }: TransactionFilter): SQL {
  const inMonths = sql.join(monthConditions(range), sql` AND `);
  const ofType = creditTypeId === null ? sql`` : sql`AND o.credit_type_id = ${creditTypeId}`;
  const organizations = organization
    ? sql`(SELECT id FROM organizations o WHERE o.id = ${organization.id} ${ofType})`
    : isWhole(scope)
      ? sql`(SELECT id FROM organizations o INDEXED BY organizations_spent WHERE o.spent > 0 ${ofType})`
      : sql`(SELECT o.id FROM ${organizationsIn(scope)} s CROSS JOIN organizations o ON o.id = s.value
          WHERE o.spent > 0 ${ofType})`;
  return sql`${organizations} og CROSS JOIN membership_months mm INDEXED BY membership_months_organization
    ON mm.organization_id = og.id AND ${inMonths}`;
}

function monthConditions({ from, to }: TransactionFilter["range"]): SQL[] {
  return [
    sql`mm.month >= ${from === null ? 0 : monthOf(from)}`,
    sql`mm.month <= ${to === null ? 999_999 : monthOf(to)}`,
  ];
}

/** The memberships of these people that the filter has. */
function membershipsOf(
  { organization, creditTypeId, scope }: TransactionFilter,
  people: readonly number[],
): { id: number; person: number }[] {
  const conditions = [
    ...(organization
      ? [sql`organization_id = ${organization.id}`]
      : scopeConditions(scope, sql`+organization_id`)),
    ...(creditTypeId === null
      ? []
      : [sql`(SELECT credit_type_id FROM organizations WHERE id = organization_id) = ${creditTypeId}`]),
  ];
  return statement(
    sql`SELECT memberships.id, member_id FROM json_each(${JSON.stringify(people)}) s
      CROSS JOIN memberships INDEXED BY memberships_member ON member_id = s.value ${where(conditions)}`,
  )
    .lists<[bigint, bigint]>()
    .map(([id, person]) => ({ id: Number(id), person: Number(person) }));
}

/** What these memberships spent in each month. */
function monthsByMembership(
  { range }: TransactionFilter,
  memberships: readonly number[],
): Map<bigint, DaySum[]> {
  const days = new Map<bigint, DaySum[]>();
  const rows = statement(
    sql`SELECT mm.membership_id, mm.month, mm.spent FROM json_each(${JSON.stringify(memberships)}) s
      CROSS JOIN membership_months mm ON mm.membership_id = s.value AND ${sql.join(monthConditions(range), sql` AND `)}`,
  ).lists<[bigint, bigint, bigint]>();
  for (const [membership, month, spent] of rows) {
    const sums = days.get(membership) ?? [];
    sums.push({ day: firstDay(Number(month)), spent });
    days.set(membership, sums);
  }
  return days;
}

/** The memberships' sums as those of people, with names. */
function personParts(sums: ReadonlyMap<bigint | null, readonly DaySum[]>): Part[] {
  const ids = JSON.stringify([...sums.keys()].filter((id) => id !== null).map(Number));
  const rows = statement(
    sql`SELECT ms.id, m.id, m.name, m.email FROM json_each(${ids}) s
      CROSS JOIN memberships ms ON ms.id = s.value CROSS JOIN members m ON m.id = ms.member_id`,
  ).lists<[bigint, bigint, string, string]>();
  const people = new Map<bigint, Part & { days: DaySum[] }>();
  for (const [membership, id, label, detail] of rows) {
    const person = people.get(id) ?? { key: String(id), label, detail, tags: [], days: [] };
    person.days.push(...(sums.get(membership) ?? []));
    people.set(id, person);
  }
  return [...people.values()];
}

/**
 * Reads what members spent, before the snapshot of a page.
 *
 * @returns what is to be called in the snapshot; it gives null where a restore came in between
 */
export async function memberParts(
  filter: TransactionFilter,
  { granularity, limit }: { granularity: Granularity; limit: number },
): Promise<() => Parts | TooMany | null> {
  if (filter.nothing) return () => ({ parts: [], none: [], count: 0, isTotal: false });
  if (!hasMonths(filter)) {
    const sums = await entrySums<bigint>(filter, sql`membership_id`, granularity);
    if (typeof sums === "string") return () => sums;
    return () => {
      const now = entrySumsNow(sums);
      if (!now) return null;
      const parts = personParts(now);
      return { parts, none: [], count: parts.length, isTotal: false };
    };
  }
  const isByMonth = granularity === "month" || granularity === "year";
  const days = isByMonth ? null : await daysOfTop(filter, { granularity, limit });
  return () => {
    if (days && typeof days !== "string") {
      const now = entrySumsNow(days.sums, true);
      return now && { parts: personParts(now), none: [], count: days.count, isTotal: false };
    }
    const people = topPeople(filter, limit);
    if (typeof people === "string") return people;
    const memberships = membershipsOf(filter, people.ids).map(({ id }) => id);
    const parts = personParts(monthsByMembership(filter, memberships));
    return { parts, none: [], count: people.count, isTotal: !isByMonth };
  };
}

/** The days of the people who spent the most. */
async function daysOfTop(
  filter: TransactionFilter,
  { granularity, limit }: { granularity: Granularity; limit: number },
): Promise<{ sums: EntrySums<bigint>; count: number | null } | TooMany> {
  const people = topPeople(filter, limit);
  if (typeof people === "string") return people;
  const memberships = membershipsOf(filter, people.ids).map(({ id }) => id);
  const sums = await entrySums<bigint>(filter, sql`membership_id`, granularity, memberships);
  return typeof sums === "string" ? sums : { sums, count: people.count };
}

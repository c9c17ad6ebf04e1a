import { setImmediate as nextTurn } from "node:timers/promises";
import { type SQL, sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { monthOf } from "#lib/calendar.ts";
import { isWhole, organizationsIn, scopeConditions } from "#lib/scope/scope.ts";
import { largestSpenders } from "../largest-spenders.ts";
import { latestEntryId } from "../queries/entries.ts";
import type { TransactionFilter } from "../queries/filter.ts";
import type { DaySum, Part, Parts, TooMany } from "../rules/grouping.ts";
import { type Granularity, isWholeMonths } from "../rules/periods.ts";
import { daysByPart } from "../spending.ts";
import { hasOwnEntries, spentConditions, where } from "../spent-entries.ts";
import { type DaysQueries, daysInPieces, daysNow, entriesSince } from "./days-in-pieces.ts";
import { entrySums, entrySumsNow } from "./entry-parts.ts";

// The counters have what each membership spent in a month. They answer whole months; other ranges, applications and
// models are added up from entries.

/** How many months of memberships are added up at most. */
const MAX_MONTHS = 200_000;
/** The months of how many organizations are added up at once: some 20 ms. */
const ORGANIZATIONS_A_PIECE = 1_000;

/** Whether the counters have the filter's spending. */
function hasMonths(filter: TransactionFilter): boolean {
  return !hasOwnEntries(filter) && filter.applicationIds === null && isWholeMonths(filter.range);
}

type People = { ids: number[]; count: number | null };

/** The people who spent the most in a filter that has months. */
async function topPeople(filter: TransactionFilter, limit: number): Promise<People | TooMany> {
  return topByCounters(filter, limit) ?? topByMonths(filter, limit);
}

/** The same of all time, from counters; null where the filter has no counter. */
function topByCounters(
  { range, organization, creditTypeId, scope }: TransactionFilter,
  limit: number,
): People | null {
  if (range.from !== null || range.to !== null || creditTypeId !== null) return null;
  if (!organization && !isWhole(scope)) return null;
  if (organization) {
    const { people, isComplete } = largestSpenders(organization.id, { month: null, limit: limit + 1 });
    const ids = people.map(([id]) => id);
    return { ids: ids.slice(0, limit), count: isComplete ? ids.length : null };
  }
  const ids = statement(
    sql`SELECT id FROM members INDEXED BY members_spent
      WHERE spent > 0 ORDER BY spent DESC, id DESC LIMIT ${limit + 1}`,
  ).numbers();
  return { ids: ids.slice(0, limit), count: ids.length > limit ? null : ids.length };
}

/** The same from the months, in pieces between which other requests are served. */
async function topByMonths(filter: TransactionFilter, limit: number): Promise<People | TooMany> {
  const pieces = monthPieces(filter);
  // The months are counted in their index first, which costs a tenth of adding them up.
  let months = 0;
  for (const piece of pieces) {
    const [count = 0] = statement(
      sql`SELECT count(*) FROM (SELECT 1 FROM ${piece} LIMIT ${MAX_MONTHS - months + 1})`,
    ).numbers();
    months += count;
    if (months > MAX_MONTHS) return "members";
    await nextTurn();
  }
  const spent = new Map<bigint, bigint>();
  for (const piece of pieces) {
    const people = statement(
      sql`SELECT ms.member_id, sum(mm.spent) FROM ${piece} CROSS JOIN memberships ms ON ms.id = mm.membership_id
        GROUP BY ms.member_id`,
    ).lists<[bigint, bigint]>();
    for (const [id, sum] of people) spent.set(id, (spent.get(id) ?? 0n) + sum);
    await nextTurn();
  }
  const people = [...spent]
    .filter(([, sum]) => sum > 0n)
    .sort(([, a], [, b]) => (a < b ? 1 : a > b ? -1 : 0));
  return { ids: people.slice(0, limit).map(([id]) => Number(id)), count: people.length };
}

/** The months of the filter's memberships as the table `mm`, of {@link ORGANIZATIONS_A_PIECE} organizations each. */
function monthPieces(filter: TransactionFilter): SQL[] {
  const inMonths = sql.join(monthConditions(filter.range), sql` AND `);
  const ids = organizationsOf(filter);
  return Array.from({ length: Math.ceil(ids.length / ORGANIZATIONS_A_PIECE) }, (_, index) => {
    const piece = ids.slice(index * ORGANIZATIONS_A_PIECE, (index + 1) * ORGANIZATIONS_A_PIECE);
    return sql`json_each(${JSON.stringify(piece)}) s
      CROSS JOIN membership_months mm INDEXED BY membership_months_organization
        ON mm.organization_id = s.value AND ${inMonths}`;
  });
}

/** The ids of the filter's organizations that have spent. */
function organizationsOf({ organization, creditTypeId, scope }: TransactionFilter): number[] {
  const conditions = [
    sql`o.spent > 0`,
    ...(organization ? [sql`o.id = ${organization.id}`] : []),
    ...(creditTypeId === null ? [] : [sql`o.credit_type_id = ${creditTypeId}`]),
  ];
  const from = organization
    ? sql`organizations o`
    : isWhole(scope)
      ? sql`organizations o INDEXED BY organizations_spent`
      : sql`${organizationsIn(scope)} s CROSS JOIN organizations o ON o.id = s.value`;
  return statement(sql`SELECT o.id FROM ${from} ${where(conditions)}`).numbers();
}

function monthConditions({ from, to }: TransactionFilter["range"]): SQL[] {
  return [
    sql`mm.month >= ${from === null ? 0 : monthOf(from)}`,
    sql`mm.month <= ${to === null ? 999_999 : monthOf(to)}`,
  ];
}

/** The memberships of these people that the filter has, with the person of each. */
function membershipsOf(
  { organization, creditTypeId, scope }: TransactionFilter,
  people: readonly number[],
): Map<number, number> {
  const conditions = [
    ...(organization
      ? [sql`organization_id = ${organization.id}`]
      : scopeConditions(scope, sql`+organization_id`)),
    ...(creditTypeId === null
      ? []
      : [sql`(SELECT credit_type_id FROM organizations WHERE id = organization_id) = ${creditTypeId}`]),
  ];
  const rows = statement(
    sql`SELECT memberships.id, member_id FROM json_each(${JSON.stringify(people)}) s
      CROSS JOIN memberships INDEXED BY memberships_member ON member_id = s.value ${where(conditions)}`,
  ).lists<[bigint, bigint]>();
  return new Map(rows.map(([id, person]) => [Number(id), Number(person)]));
}

/** The person of an entry. */
const PERSON = sql`(SELECT ms.member_id FROM memberships ms WHERE ms.id = ledger_entries.membership_id)`;

/** The queries of what memberships spent in each month, by a filter that has months. */
function membershipMonths(filter: TransactionFilter): DaysQueries {
  const inMonths = sql.join(monthConditions(filter.range), sql` AND `);
  return {
    of: (memberships) => sql`SELECT mm.membership_id, mm.month * 100 + 1, mm.spent
      FROM json_each(${JSON.stringify(memberships)}) s
      CROSS JOIN membership_months mm ON mm.membership_id = s.value AND ${inMonths}`,
    since: entriesSince(filter, sql`membership_id`, "month"),
    // Some 10 ms.
    keysAPiece: 1_000,
  };
}

/** The people who spent the most, with names, and the number of all who spent. */
function personParts(
  sums: ReadonlyMap<bigint | number | null, readonly DaySum[]>,
  limit: number,
): { parts: Part[]; count: number } {
  const people = [...sums]
    .map(([id, days]) => ({ id, days, total: days.reduce((sum, { spent }) => sum + spent, 0n) }))
    .filter(({ id, total }) => id !== null && total !== 0n)
    .sort((a, b) => (a.total < b.total ? 1 : a.total > b.total ? -1 : 0));
  const shown = people.slice(0, limit);
  const rows = statement(
    sql`SELECT id, name, email FROM members
      WHERE id IN (SELECT value FROM json_each(${JSON.stringify(shown.map(({ id }) => Number(id)))}))`,
  ).lists<[bigint, string, string]>();
  const names = new Map(rows.map(([id, label, detail]) => [Number(id), { label, detail }]));
  const parts = shown.flatMap(({ id, days }) => {
    const name = names.get(Number(id));
    return name ? [{ key: String(id), ...name, tags: [], days }] : [];
  });
  return { parts, count: people.length };
}

/** Whether anything was spent after an entry by another membership than these. */
function isSpentByOthers(
  filter: TransactionFilter,
  afterId: number,
  memberships: readonly number[],
): boolean {
  if (latestEntryId() === afterId) return false;
  const conditions = [
    ...spentConditions(filter),
    sql`id > ${afterId}`,
    sql`membership_id NOT IN (SELECT value FROM json_each(${JSON.stringify(memberships)}))`,
  ];
  return (
    statement(sql`SELECT 1 FROM ledger_entries NOT INDEXED ${where(conditions)} LIMIT 1`).get() !== undefined
  );
}

/**
 * Reads what members spent, before the snapshot of a page.
 *
 * @returns what is to be called in the snapshot; it gives null where the parts must be read again, because a person
 *   who is not among them spent, so that the table would name "others" without anybody in them.
 *   While all people have a row this happens at most as often as there are rows.
 */
export async function memberParts(
  filter: TransactionFilter,
  { granularity, limit }: { granularity: Granularity; limit: number },
): Promise<() => Parts | TooMany | null> {
  if (filter.nothing) return () => ({ parts: [], none: [], count: 0, isTotal: false });
  if (!hasMonths(filter)) {
    const sums = await entrySums<bigint>(filter, PERSON, granularity);
    if (typeof sums === "string") return () => sums;
    return () => {
      const now = entrySumsNow(sums);
      return { ...personParts(now, limit), none: [], isTotal: false };
    };
  }
  const upToId = latestEntryId();
  const people = await topPeople(filter, limit);
  if (typeof people === "string") return () => people;
  const { ids, count } = people;
  const hasEverybody = count === ids.length;
  const isByMonth = granularity === "month" || granularity === "year";
  const memberships = [...membershipsOf(filter, ids).keys()];
  const isToBeReadAgain = () => hasEverybody && isSpentByOthers(filter, upToId, memberships);
  const days = isByMonth ? null : await entrySums<bigint>(filter, PERSON, granularity, memberships);
  if (days !== null && typeof days !== "string") {
    return () => {
      if (isToBeReadAgain()) return null;
      const { parts } = personParts(entrySumsNow(days, true), limit);
      return { parts, none: [], count, isTotal: false };
    };
  }
  const read = await daysInPieces(memberships, membershipMonths(filter));
  return () => {
    if (isToBeReadAgain()) return null;
    // A merge gives memberships to another person.
    const personOf = membershipsOf(filter, ids);
    const sums = daysNow(read, [...personOf.keys()]).flatMap(({ key, day, spent }) => {
      const person = personOf.get(key);
      return person === undefined ? [] : [{ key: person, day, spent }];
    });
    const { parts } = personParts(daysByPart(sums), limit);
    return { parts, none: [], count, isTotal: !isByMonth };
  };
}

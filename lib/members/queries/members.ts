import { setImmediate as nextTurn } from "node:timers/promises";
import { asc, eq, inArray, type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { members, membershipMonths, memberships, organizations } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { addMonths } from "#lib/calendar.ts";
import {
  type Filter,
  fewMatches,
  filteredPage,
  idsOfPage,
  idsOfUnfilteredPage,
  MAX_SORTED,
  type NumberedPage,
  numberedPage,
  type OrderedList,
} from "#lib/lists/numbered-pages.ts";
import { searchFilters } from "#lib/lists/search-filter.ts";
import { organizationIdOf } from "#lib/organizations/former-codes.ts";
import { isWhole, organizationsIn, reads, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { currentMonth } from "#lib/settings/queries.ts";
import { type Alias, aliasesOf } from "../aliases.ts";
import { effectiveAllowance, type MemberRole } from "../rules.ts";
import type { MemberSortKey, MembersView } from "../search-params.ts";

export const MEMBERS_PAGE_SIZE = 50;
/** How many of a person's memberships the list names. */
const ORGANIZATIONS_SHOWN = 3;

/** A person's membership of an organization, as lists name it; credits in micro-credits. */
export type MembershipBrief = {
  id: number;
  organizationId: number;
  code: string;
  organization: string;
  role: MemberRole;
  active: boolean;
  /** Whether another membership counts in its place. */
  merged: boolean;
  /** With what merged memberships spent, because the allowance is one. */
  spentThisMonth: bigint;
  /** The allowance in effect; null is no limit. */
  effectiveAllowance: bigint | null;
};

/** A row of `/members`; credits in micro-credits. All figures are of the person's memberships in the scope. */
export type MemberListItem = {
  id: number;
  name: string;
  email: string;
  /** When the person was added, to an organization of the scope. */
  createdAt: Date;
  memberships: number;
  activeMemberships: number;
  spent: bigint;
  spentLastMonth: bigint;
  lastActiveAt: Date | null;
  /** The first few. */
  organizations: MembershipBrief[];
};

const number = (query: SQL): number => statement(query).numbers()[0] ?? 0;

const and = (conditions: SQL[]): SQL => (conditions.length === 0 ? sql`1` : sql.join(conditions, sql` AND `));

const SORTS: Record<MemberSortKey, { column: string; index: string }> = {
  name: { column: "name_key", index: "members_name" },
  active: { column: "last_active_at", index: "members_last_active" },
  spent: { column: "spent", index: "members_spent" },
  created: { column: "created_at", index: "members_created" },
};

/**
 * The conditions on one membership: to be in the scope, and those of the view.
 *
 * @param by what finds the memberships: for a person's, the plus keeps SQLite from trying every organization of the scope
 */
function membershipConditions(
  scope: Scope,
  view: MembersView,
  { organizationId, by }: { organizationId: number | null; by: "person" | "organization" },
): SQL[] {
  const plus = sql.raw(by === "person" ? "+" : "");
  return [
    ...(organizationId === null
      ? scopeConditions(scope, sql`${plus}memberships.organization_id`)
      : [sql`memberships.organization_id = ${organizationId}`]),
    ...(view.role === "all" ? [] : [sql`memberships.role = ${view.role}`]),
    ...(view.status === "all" ? [] : [sql`memberships.active = ${view.status === "active" ? 1 : 0}`]),
    ...(view.used === "all" ? [] : [sql`memberships.near_allowance_month = ${currentMonth()}`]),
  ];
}

/** The people who have a membership that meets the conditions of the view, which the index covers. */
function havingMembership(
  scope: Scope,
  view: MembersView,
  { organizationId, index }: { organizationId: number | null; index: string },
): Filter {
  const conditions = (by: "person" | "organization") =>
    and(membershipConditions(scope, view, { organizationId, by }));
  return {
    condition: sql`EXISTS (SELECT 1 FROM memberships INDEXED BY memberships_member
        WHERE memberships.member_id = members.id AND ${conditions("person")})`,
    ids: sql`SELECT DISTINCT member_id FROM memberships INDEXED BY ${sql.raw(index)}
        WHERE ${conditions("organization")}`,
  };
}

const BY_ORGANIZATION = "memberships_organization_name";
/** Has the memberships that are near their allowance, by month and organization. */
const NEAR_ALLOWANCE = "memberships_near_allowance";

/** The people of a scope, which is not the whole enterprise, who have no active membership in it. */
function inactiveInScope(scope: Scope): Filter {
  const inScope = (table: string) => and(scopeConditions(scope, sql.raw(`${table}.organization_id`)));
  const isActive = (member: SQL) => sql`EXISTS (SELECT 1 FROM memberships m INDEXED BY memberships_member
    WHERE m.member_id = ${member} AND m.active = 1 AND ${inScope("+m")})`;
  return {
    condition: sql`NOT ${isActive(sql`members.id`)}`,
    ids: sql`SELECT DISTINCT i.member_id FROM memberships i INDEXED BY ${sql.raw(BY_ORGANIZATION)}
      WHERE ${inScope("i")} AND i.active = 0 AND NOT ${isActive(sql`i.member_id`)}`,
  };
}

/** The filters and conditions of a view beyond its search. Role, status and use are those of one membership. */
function membershipFilters(
  scope: Scope,
  view: MembersView,
  organizationId: number | null,
  isSearched: boolean,
): { filters: Filter[]; conditions: SQL[] } {
  if (view.used !== "all") {
    return {
      filters: [havingMembership(scope, view, { organizationId, index: NEAR_ALLOWANCE })],
      conditions: [],
    };
  }
  if (organizationId !== null || view.role !== "all") {
    const index = organizationId === null && isWhole(scope) ? "memberships_role" : BY_ORGANIZATION;
    return { filters: [havingMembership(scope, view, { organizationId, index })], conditions: [] };
  }
  if (!isWhole(scope)) {
    const isInactive = view.status === "inactive";
    const filter = havingMembership(scope, isInactive ? { ...view, status: "all" } : view, {
      organizationId: null,
      index: BY_ORGANIZATION,
    });
    return { filters: isInactive ? [filter, inactiveInScope(scope)] : [filter], conditions: [] };
  }
  if (view.status === "active") return { filters: [], conditions: [sql`active_memberships > 0`] };
  if (view.status === "all") return { filters: [], conditions: [] };
  const inactive = sql`active_memberships = 0`;
  if (!isSearched) return { filters: [], conditions: [inactive] };
  const ids = sql`SELECT id FROM members INDEXED BY members_inactive WHERE ${inactive}`;
  return { filters: [{ condition: inactive, ids }], conditions: [] };
}

/** The people of a view, in its order. Role, status and use are those of one membership, in the organization of the view. */
function orderedMembers(scope: Scope, view: MembersView, organizationId: number | null): OrderedList {
  const { descending, key } = sortOf(view);
  const { column, index } = SORTS[key];
  const order = (down: boolean) => {
    const direction = down ? "DESC" : "ASC";
    return `${column} ${direction}, id ${direction}`;
  };
  const searches = searchFilters("members", view.q);
  const { filters, conditions } = membershipFilters(scope, view, organizationId, searches.length > 0);
  return {
    table: "members",
    index,
    order: order(descending),
    backwards: order(!descending),
    conditions,
    filters: [...searches, ...filters],
  };
}

function sortOf({ sort }: MembersView): { descending: boolean; key: MemberSortKey } {
  const descending = sort.startsWith("-");
  return { descending, key: (descending ? sort.slice(1) : sort) as MemberSortKey };
}

/** How many people are in the scope. */
export function countPeople(scope: Scope): number {
  if (isWhole(scope)) return countByStatus("all");
  return number(sql`SELECT count(DISTINCT m.member_id) FROM ${organizationsIn(scope)} s
    CROSS JOIN memberships m INDEXED BY ${sql.raw(BY_ORGANIZATION)} ON m.organization_id = s.value`);
}

/** How many people there are with a status. No id is used twice, so that ids without a row are those of deleted people. */
function countByStatus(status: MembersView["status"]): number {
  const all = () =>
    number(sql`SELECT max(
        (SELECT coalesce(max(id), 0) FROM members),
        coalesce((SELECT subject_id FROM audit_entries INDEXED BY audit_entries_subject
          WHERE subject_kind = 'member' ORDER BY subject_id DESC LIMIT 1), 0)
      ) - (SELECT count(*) FROM audit_entries WHERE action = 'member.deleted')`);
  const inactive = () => number(sql`SELECT count(*) FROM members WHERE active_memberships = 0`);
  if (status === "all") return all();
  return status === "inactive" ? inactive() : all() - inactive();
}

/** The organization of the view's code; undefined when the view names one that does not exist in the scope. */
function organizationOf(scope: Scope, view: MembersView): number | null | undefined {
  if (view.organization === "") return null;
  const id = organizationIdOf(database(), view.organization);
  return id !== null && reads(scope, id) ? id : undefined;
}

/**
 * One page of people.
 *
 * @param sorted from {@link prepareMembers}; without it everything is read at once
 */
export function listMembers(
  scope: Scope,
  view: MembersView,
  sorted: readonly number[] | null = allOf(idsByFigure(scope, view)),
): NumberedPage<MemberListItem> {
  const organizationId = organizationOf(scope, view);
  if (organizationId === undefined) return { items: [], total: 0, more: false, page: 1, pages: 1 };
  const ids = sorted
    ? pageOfSorted(sorted, view)
    : pageOfMembers(orderedMembers(scope, view, organizationId), view);
  return { ...ids, items: membersByIds(scope, ids.items, { organizationId, used: view.used }) };
}

/** The last value of a generator. */
function allOf<T>(pieces: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
  }
}

function pageOfMembers(list: OrderedList, view: MembersView): NumberedPage<number> {
  const size = MEMBERS_PAGE_SIZE;
  if (list.filters.length === 0) {
    const total = countByStatus(view.status);
    return numberedPage({ total, page: view.page, size }, (place) => idsOfUnfilteredPage(list, total, place));
  }
  return filteredPage(list, { page: view.page, size });
}

function pageOfSorted(ids: readonly number[], { page }: MembersView): NumberedPage<number> {
  const more = ids.length > MAX_SORTED;
  const place = { total: more ? MAX_SORTED : ids.length, more, page, size: MEMBERS_PAGE_SIZE };
  return numberedPage(place, ({ skip, take }) => ids.slice(skip, skip + take));
}

/** The figures that a part of the enterprise is sorted by: the column of a membership, and what a person has of several. */
const FIGURES = {
  spent: { column: "spent", of: "sum" },
  active: { column: "last_active_at", of: "latest" },
  created: { column: "created_at", of: "earliest" },
} as const;

function combined(of: "sum" | "latest" | "earliest", a: bigint, b: bigint): bigint {
  if (of === "sum") return a + b;
  return a > b === (of === "latest") ? a : b;
}

/** How many memberships or people are read at once: some 20 ms. */
const ROWS_A_PIECE = 10_000;

/**
 * The ids of the people of a view in its order, where that is by a figure over the memberships in a scope: no index has
 * such sums. It pauses between the pieces that it reads, so that others can have a turn. Null where an index has the
 * order.
 */
function* idsByFigure(scope: Scope, view: MembersView): Generator<undefined, number[] | null> {
  const { descending, key } = sortOf(view);
  const organizationId = organizationOf(scope, view);
  if (isWhole(scope) || key === "name" || organizationId === undefined) return null;
  const list = orderedMembers(scope, view, organizationId);
  const { column, of } = FIGURES[key];
  const figure = sql.raw(`ms.${column}`);
  const few = fewMatches(list);
  const isEverybody =
    list.filters.length === 1 && view.status === "all" && view.role === "all" && view.used === "all";
  const matches = isEverybody
    ? sql`1`
    : sql`EXISTS (SELECT 1 FROM members WHERE members.id = ms.member_id
        AND ${and(list.filters.map(({ condition }) => condition))})`;
  const queries = few
    ? inPieces(idsOfPage(list, few, { skip: 0, take: MAX_SORTED }), () => 1).map(
        (ids) => sql`SELECT ms.member_id, ${figure} FROM json_each(${JSON.stringify(ids)}) p
          CROSS JOIN memberships ms INDEXED BY memberships_member ON ms.member_id = p.value
          WHERE ${and(scopeConditions(scope, sql`+ms.organization_id`))}`,
      )
    : organizationPieces(scope).map(
        (ids) => sql`SELECT ms.member_id, ${figure} FROM json_each(${JSON.stringify(ids)}) o
          CROSS JOIN memberships ms INDEXED BY ${sql.raw(BY_ORGANIZATION)} ON ms.organization_id = o.value
          WHERE ${matches}`,
      );
  const figures = new Map<number, bigint | null>();
  for (const [index, query] of queries.entries()) {
    if (index > 0) yield;
    for (const [id, value] of statement(query).lists<[bigint, bigint | null]>()) {
      const before = figures.get(Number(id)) ?? null;
      figures.set(
        Number(id),
        before === null || value === null ? (before ?? value) : combined(of, before, value),
      );
    }
  }
  const sign = descending ? -1 : 1;
  // As SQLite sorts: nothing is before everything.
  const compare = (a: bigint | null, b: bigint | null) =>
    a === b ? 0 : a === null || (b !== null && a < b) ? -1 : 1;
  return [...figures]
    .sort(([id, one], [otherId, other]) => sign * (compare(one, other) || id - otherId))
    .map(([id]) => id);
}

/** Reads what {@link listMembers} needs without holding up the event loop. To be called before the page's snapshot. */
export async function prepareMembers(scope: Scope, view: MembersView): Promise<readonly number[] | null> {
  const pieces = idsByFigure(scope, view);
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
    await nextTurn();
  }
}

/** Cuts ids into pieces of at most {@link ROWS_A_PIECE} rows, where each has so many. */
function inPieces(ids: readonly number[], rowsOf: (index: number) => number): number[][] {
  const pieces: number[][] = [];
  let rows = ROWS_A_PIECE;
  for (const [index, id] of ids.entries()) {
    if (rows >= ROWS_A_PIECE) {
      pieces.push([]);
      rows = 0;
    }
    pieces.at(-1)?.push(id);
    rows += rowsOf(index);
  }
  return pieces;
}

/** The organizations of a scope, so many at once that their memberships can be read at once. */
function organizationPieces(scope: Scope): number[][] {
  const rows = statement(
    sql`SELECT o.id, o.members FROM ${organizationsIn(scope)} s CROSS JOIN organizations o ON o.id = s.value`,
  ).lists<[bigint, bigint]>();
  return inPieces(
    rows.map(([id]) => Number(id)),
    (index) => 1 + Number(rows[index]?.[1] ?? 0),
  );
}

/** How many people are looked at for one piece of ids: some 20 ms. */
const PEOPLE_A_PIECE = 10_000;

/**
 * The memberships of all people of a view that have the view's organization, role, status and use, in the order of the people
 * and then of the memberships. They come in pieces, because those of a million people take seconds.
 */
export function* membershipIdPieces(scope: Scope, view: MembersView): Generator<number[]> {
  const organizationId = organizationOf(scope, view);
  if (organizationId === undefined) return;
  const list = orderedMembers(scope, view, organizationId);
  const byFigure = idsByFigure(scope, view);
  let sorted = byFigure.next();
  for (; !sorted.done; sorted = byFigure.next()) yield [];
  const few = sorted.value ? null : fewMatches(list);
  // Where many people match, the filters are conditions on the people of each piece.
  const all = { skip: 0, take: Number.MAX_SAFE_INTEGER };
  const people =
    sorted.value ?? (few ? idsOfPage(list, few, all) : idsOfPage({ ...list, filters: [] }, null, all));
  const conditions = [
    ...(few || sorted.value ? [] : list.filters.map(({ condition }) => condition)),
    ...membershipConditions(scope, view, { organizationId, by: "person" }),
    // The few that were merged into others, from an index of their own.
    sql`memberships.id NOT IN (SELECT id FROM memberships WHERE merged_into_id IS NOT NULL)`,
  ];
  for (let start = 0; start < people.length; start += PEOPLE_A_PIECE) {
    const piece = JSON.stringify(people.slice(start, start + PEOPLE_A_PIECE));
    yield statement(
      sql`SELECT memberships.id FROM json_each(${piece}) AS people
        CROSS JOIN members ON members.id = people.value
        CROSS JOIN memberships INDEXED BY memberships_member ON memberships.member_id = members.id
        WHERE ${and(conditions)} ORDER BY people.key, memberships.id`,
    ).numbers();
  }
}

/** The columns of the list: counters of the whole enterprise, or sums over the memberships in the scope. */
const COUNTERS = {
  id: members.id,
  name: members.name,
  email: members.email,
  createdAt: members.createdAt,
  memberships: members.memberships,
  activeMemberships: members.activeMemberships,
  spent: members.spent,
  lastActiveAt: members.lastActiveAt,
};
const SUMS = {
  id: members.id,
  name: members.name,
  email: members.email,
  createdAt: sql<Date>`min(${memberships.createdAt})`.mapWith(memberships.createdAt),
  memberships: sql<number>`count(*)`.mapWith(Number),
  activeMemberships: sql<number>`sum(${memberships.active})`.mapWith(Number),
  spent: sql<bigint>`sum(${memberships.spent})`,
  lastActiveAt: sql<Date | null>`max(${memberships.lastActiveAt})`.mapWith(memberships.lastActiveAt),
};

type Row = Omit<MemberListItem, "organizations" | "spentLastMonth">;

function rowsByIds(scope: Scope, ids: readonly number[]): Row[] {
  if (isWhole(scope)) {
    return database()
      .select(COUNTERS)
      .from(members)
      .where(inArray(members.id, [...ids]))
      .all();
  }
  if (ids.length === 0) return [];
  const inScope = scopeConditions(scope, sql`+${memberships.organizationId}`);
  return database()
    .select(SUMS)
    .from(memberships)
    .innerJoin(members, eq(members.id, memberships.memberId))
    .where(and([inArray(memberships.memberId, [...ids]), ...inScope]))
    .groupBy(memberships.memberId)
    .all();
}

/** What these people spent in `month`, e.g. 202610, over the memberships in the scope, by the person's id. */
function spentInMonthByIds(scope: Scope, ids: readonly number[], month: number): Map<number, bigint> {
  const inScope = scopeConditions(scope, sql`+memberships.organization_id`);
  const rows = statement(
    sql`SELECT people.value, sum(months.spent) FROM json_each(${JSON.stringify(ids)}) AS people
      CROSS JOIN memberships INDEXED BY memberships_member ON memberships.member_id = people.value
      JOIN membership_months AS months ON months.membership_id = memberships.id AND months.month = ${month}
      ${inScope.length === 0 ? sql`` : sql`WHERE ${and(inScope)}`} GROUP BY people.value`,
  ).lists<[bigint, bigint]>();
  return new Map(rows.map(([id, spent]) => [Number(id), spent]));
}

/**
 * What the list shows of these people, in the order of `ids`. The membership in `organizationId` is named first, then,
 * where the view is of them, those near their allowance.
 */
function membersByIds(
  scope: Scope,
  ids: readonly number[],
  { organizationId, used }: { organizationId: number | null; used: MembersView["used"] },
): MemberListItem[] {
  const month = currentMonth();
  const rows = rowsByIds(scope, ids);
  const spentLastMonth = spentInMonthByIds(scope, ids, addMonths(month, -1));
  const briefs = database()
    .select({
      id: memberships.id,
      organizationId: memberships.organizationId,
      code: organizations.code,
      organization: organizations.name,
      role: memberships.role,
      active: memberships.active,
      allowance: memberships.allowance,
      monthlyAllowance: memberships.monthlyAllowance,
      organizationAllowance: organizations.monthlyAllowance,
      spentThisMonth: membershipMonths.spent,
      mergedIntoId: memberships.mergedIntoId,
      mergedSpent: sql<bigint>`coalesce((SELECT sum(months.spent) FROM memberships merged
        JOIN membership_months months ON months.membership_id = merged.id AND months.month = ${month}
        WHERE merged.merged_into_id = ${memberships.id}), 0)`,
    })
    .from(memberships)
    .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
    .leftJoin(
      membershipMonths,
      sql`${membershipMonths.membershipId} = ${memberships.id} AND ${membershipMonths.month} = ${month}`,
    )
    .where(
      and([
        eq(memberships.memberId, sql.placeholder("memberId")),
        ...scopeConditions(scope, sql`+${memberships.organizationId}`),
      ]),
    )
    .orderBy(
      sql`${memberships.organizationId} = ${organizationId ?? 0} DESC`,
      sql`${memberships.nearAllowanceMonth} IS ${used === "all" ? 0 : month} DESC`,
      asc(memberships.id),
    )
    .limit(ORGANIZATIONS_SHOWN)
    .prepare();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    if (!row) return [];
    const organizations = briefs.all({ memberId: id }).map(
      ({
        allowance,
        monthlyAllowance,
        organizationAllowance,
        spentThisMonth,
        mergedSpent,
        mergedIntoId,
        ...brief
      }): MembershipBrief => ({
        ...brief,
        merged: mergedIntoId !== null,
        spentThisMonth: (spentThisMonth ?? 0n) + mergedSpent,
        effectiveAllowance: effectiveAllowance({ allowance, monthlyAllowance }, organizationAllowance),
      }),
    );
    return [{ ...row, spentLastMonth: spentLastMonth.get(id) ?? 0n, organizations }];
  });
}

/** A person's former e-mails, the oldest first; none of a person who is not in the scope. */
export function formerEmailsOf(scope: Scope, memberId: number): Alias[] {
  return rowsByIds(scope, [memberId]).length === 0 ? [] : aliasesOf(database(), memberId);
}

export type MemberDetail = Row;

/** One person; null when nobody in the scope has the id. */
export function getMember(scope: Scope, id: number): MemberDetail | null {
  return rowsByIds(scope, [id])[0] ?? null;
}

/** What a person spent in one credit type by month, the earliest first; micro-credits. */
export type MemberMonths = {
  creditType: { id: number; name: string };
  months: { month: number; spent: bigint }[];
};

/** What a person spent from `fromMonth` on, e.g. 202512, over the memberships in the scope, by credit type. */
export function monthsOfMember(scope: Scope, memberId: number, fromMonth: number): MemberMonths[] {
  const inScope = scopeConditions(scope, sql`+memberships.organization_id`);
  const rows = statement<{ id: bigint; name: string; month: bigint; spent: bigint }>(
    sql`SELECT t.id, t.name, months.month, sum(months.spent) AS spent
      FROM memberships INDEXED BY memberships_member
      JOIN membership_months AS months ON months.membership_id = memberships.id AND months.month >= ${fromMonth}
      JOIN organizations o ON o.id = memberships.organization_id
      JOIN credit_types t ON t.id = o.credit_type_id
      WHERE ${and([sql`memberships.member_id = ${memberId}`, ...inScope])}
      GROUP BY t.id, months.month ORDER BY t.name_key, months.month`,
  ).all();
  const byType = new Map<bigint, MemberMonths>();
  for (const { id, name, month, spent } of rows) {
    const type = byType.get(id) ?? { creditType: { id: Number(id), name }, months: [] };
    type.months.push({ month: Number(month), spent });
    byType.set(id, type);
  }
  return [...byType.values()];
}

/** What a person spent in `month`, e.g. 202611, over the memberships in the scope; micro-credits. */
export function spentInMonth(scope: Scope, memberId: number, month: number): bigint {
  const inScope = scopeConditions(scope, sql`+memberships.organization_id`);
  const row = statement<{ spent: bigint }>(
    sql`SELECT coalesce(sum(months.spent), 0) AS spent FROM memberships INDEXED BY memberships_member
      JOIN membership_months AS months ON months.membership_id = memberships.id AND months.month = ${month}
      WHERE ${and([sql`memberships.member_id = ${memberId}`, ...inScope])}`,
  ).get();
  return row?.spent ?? 0n;
}

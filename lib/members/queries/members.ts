import { asc, eq, inArray, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { members, membershipMonths, memberships, organizations } from "#db/schema/index.ts";
import { addMonths } from "#lib/calendar.ts";
import { mergedSpentColumn } from "#lib/ledger/merged-months.ts";
import { isWhole, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { currentMonth } from "#lib/settings/queries.ts";
import { type Alias, aliasesOf } from "../aliases.ts";
import { effectiveAllowance, type MemberRole } from "../rules.ts";
import type { MembersView } from "../search-params.ts";
import { and } from "./member-filters.ts";
import { spentInMonthByIds } from "./member-spending.ts";

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

/**
 * What the list shows of these people, in the order of `ids`. The membership in `organizationId` is named first, then,
 * where the view is of them, those near their allowance.
 */
export function membersByIds(
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
      mergedSpent: mergedSpentColumn(month),
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

import { eq, inArray, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { members, memberships } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { addMonths } from "#lib/calendar.ts";
import { mergedSpentColumn } from "#lib/ledger/merged-months.ts";
import { isWhole, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { currentMonth } from "#lib/settings/queries.ts";
import { type Alias, aliasesOf } from "../aliases.ts";
import { type AllowanceChoice, effectiveAllowance, type MemberRole } from "../rules.ts";
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
 * The first {@link ORGANIZATIONS_SHOWN} memberships of each person: the one in `organizationId` before others, then, where
 * the view is of them, those near their allowance. One statement for all people, because a wide scope is a list that each
 * statement reads again.
 */
function briefsOf(
  scope: Scope,
  ids: readonly number[],
  {
    organizationId,
    used,
    month,
  }: { organizationId: number | null; used: MembersView["used"]; month: number },
): Map<number, MembershipBrief[]> {
  const near = used === "all" ? sql`` : sql`ms.near_allowance_month IS ${month} DESC,`;
  const rows = statement<BriefRow>(
    sql`SELECT memberships.id, memberships.member_id, memberships.organization_id, o.code, o.name AS organization,
        memberships.role, memberships.active, memberships.allowance, memberships.monthly_allowance,
        o.monthly_allowance AS organization_allowance, memberships.merged_into_id IS NOT NULL AS merged,
        coalesce(months.spent, 0) + ${mergedSpentColumn(month)} AS spent
      FROM (SELECT ms.id, row_number() OVER
            (PARTITION BY ms.member_id ORDER BY ms.organization_id = ${organizationId ?? 0} DESC, ${near} ms.id) AS place
          FROM json_each(${JSON.stringify(ids)}) p
          CROSS JOIN memberships ms INDEXED BY memberships_member ON ms.member_id = p.value
          WHERE ${and(scopeConditions(scope, sql`+ms.organization_id`))}) places
        CROSS JOIN memberships ON memberships.id = places.id
        CROSS JOIN organizations o ON o.id = memberships.organization_id
        LEFT JOIN membership_months months ON months.membership_id = memberships.id AND months.month = ${month}
      WHERE places.place <= ${ORGANIZATIONS_SHOWN} ORDER BY memberships.member_id, places.place`,
  ).all();
  const briefs = new Map<number, MembershipBrief[]>();
  for (const row of rows) {
    const ofMember = briefs.get(Number(row.member_id)) ?? [];
    briefs.set(Number(row.member_id), ofMember);
    ofMember.push({
      id: Number(row.id),
      organizationId: Number(row.organization_id),
      code: row.code,
      organization: row.organization,
      role: row.role,
      active: row.active === 1n,
      merged: row.merged === 1n,
      spentThisMonth: row.spent,
      effectiveAllowance: effectiveAllowance(
        { allowance: row.allowance, monthlyAllowance: row.monthly_allowance },
        row.organization_allowance,
      ),
    });
  }
  return briefs;
}

type BriefRow = {
  id: bigint;
  member_id: bigint;
  organization_id: bigint;
  code: string;
  organization: string;
  role: MemberRole;
  active: bigint;
  allowance: AllowanceChoice["allowance"];
  monthly_allowance: bigint | null;
  organization_allowance: bigint | null;
  merged: bigint;
  spent: bigint;
};

/** What the list shows of these people, in the order of `ids`. */
export function membersByIds(
  scope: Scope,
  ids: readonly number[],
  { organizationId, used }: { organizationId: number | null; used: MembersView["used"] },
): MemberListItem[] {
  const month = currentMonth();
  const byId = new Map(rowsByIds(scope, ids).map((row) => [row.id, row]));
  const spentLastMonth = spentInMonthByIds(scope, ids, addMonths(month, -1));
  const briefs = briefsOf(scope, ids, { organizationId, used, month });
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row
      ? [{ ...row, spentLastMonth: spentLastMonth.get(id) ?? 0n, organizations: briefs.get(id) ?? [] }]
      : [];
  });
}

/** A person's former emails, the oldest first; none of a person who is not in the scope. */
export function formerEmailsOf(scope: Scope, memberId: number): Alias[] {
  return rowsByIds(scope, [memberId]).length === 0 ? [] : aliasesOf(database(), memberId);
}

export type MemberDetail = Row;

/** One person; null when nobody in the scope has the id. */
export function getMember(scope: Scope, id: number): MemberDetail | null {
  return rowsByIds(scope, [id])[0] ?? null;
}

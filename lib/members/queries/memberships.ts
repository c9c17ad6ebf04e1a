import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { members, membershipMonths, memberships, organizations } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { mergedSpentColumn } from "#lib/ledger/merged-months.ts";
import {
  allIds,
  countAlongIndex,
  type Filter,
  filteredPage,
  idsOfUnfilteredPage,
  type NumberedPage,
  numberedPage,
  type OrderedList,
} from "#lib/lists/numbered-pages.ts";
import { searchFilters } from "#lib/lists/search-filter.ts";
import { reads, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { currentMonth } from "#lib/settings/queries.ts";
import { type AllowanceChoice, effectiveAllowance, type MemberRole } from "../rules.ts";
import type { MembershipsView } from "../search-params.ts";
import { MEMBERS_PAGE_SIZE } from "./member-list.ts";

/** A membership with its figures in one month. */
export type MembershipItem = {
  id: number;
  memberId: number;
  name: string;
  email: string;
  role: MemberRole;
  active: boolean;
  allowance: AllowanceChoice["allowance"];
  /** The membership's own. */
  monthlyAllowance: bigint | null;
  /** The allowance in effect; null is no limit. */
  effectiveAllowance: bigint | null;
  /** With what merged memberships spent, because the allowance is one. */
  spentThisMonth: bigint;
  spent: bigint;
  lastActiveAt: Date | null;
  createdAt: Date;
  /** Whether another membership of the same person counts in place of this one. */
  merged: boolean;
  organization: {
    id: number;
    code: string;
    name: string;
    active: boolean;
    monthlyAllowance: bigint | null;
    balance: bigint;
  };
};

/** An organization with more members than this is searched by the index of all search texts. */
const FEW_MEMBERS = 20_000;

/** One organization's memberships in the view's order. */
function orderedMemberships(
  organization: { id: number; members: number },
  view: MembershipsView,
): OrderedList {
  const descending = view.sort.startsWith("-");
  const byName = view.sort === "name" || view.sort === "-name";
  const order = (down: boolean) => {
    const direction = down ? "DESC" : "ASC";
    return `${byName ? "name_key" : "spent"} ${direction}, id ${direction}`;
  };
  const ofOrganization = sql`organization_id = ${organization.id}`;
  const conditions = [
    ofOrganization,
    ...(view.status === "all" ? [] : [sql`active = ${view.status === "active" ? 1 : 0}`]),
    ...(view.role === "all" ? [] : [sql`role = ${view.role}`]),
  ];
  const filters = searchFilters("members", view.q).map(({ condition, ids }): Filter => {
    const ofMember = sql`EXISTS (SELECT 1 FROM members WHERE members.id = member_id AND ${condition})`;
    const from = sql`SELECT id FROM memberships INDEXED BY memberships_organization_name WHERE ${ofOrganization}`;
    return {
      condition: ofMember,
      ids:
        organization.members <= FEW_MEMBERS
          ? sql`${from} AND ${ofMember}`
          : sql`${from} AND member_id IN (${ids})`,
    };
  });
  if (view.used !== "all") {
    const condition = sql`near_allowance_month = ${currentMonth()}`;
    filters.push({
      condition,
      ids: sql`SELECT id FROM memberships INDEXED BY memberships_near_allowance WHERE ${condition} AND ${ofOrganization}`,
    });
  }
  return {
    table: "memberships",
    index: byName ? "memberships_organization_name" : "memberships_organization_spent",
    order: order(descending),
    backwards: order(!descending),
    conditions,
    filters,
  };
}

/** One page of an organization's members, `size` a page, with their figures in `month`, e.g. 202611. */
export function listMemberships(
  scope: Scope,
  organization: { id: number; members: number },
  view: MembershipsView,
  month: number,
  size = MEMBERS_PAGE_SIZE,
): NumberedPage<MembershipItem> {
  if (!reads(scope, organization.id)) return { items: [], total: 0, more: false, page: 1, pages: 1 };
  const list = orderedMemberships(organization, view);
  const page = pageOfMemberships(organization, list, { ...view, size });
  return { ...page, items: membershipsByIds(scope, page.items, month) };
}

function pageOfMemberships(
  organization: { members: number },
  list: OrderedList,
  { status, role, page, size }: MembershipsView & { size: number },
): NumberedPage<number> {
  if (list.filters.length > 0) return filteredPage(list, { page, size });
  const isWhole = status === "all" && role === "all";
  const total = isWhole ? organization.members : countAlongIndex(list);
  return numberedPage({ total, page, size }, (place) => idsOfUnfilteredPage(list, total, place));
}

/** The memberships of all pages of an organization's view, in its order, without merged ones. */
export function membershipIdsOf(scope: Scope, organizationId: number, view: MembershipsView): number[] {
  if (!reads(scope, organizationId)) return [];
  const [members = 0] = statement(
    sql`SELECT members FROM organizations WHERE id = ${organizationId}`,
  ).numbers();
  const merged = mergedIds(sql`organization_id = ${organizationId}`);
  return allIds(orderedMemberships({ id: organizationId, members }, view)).filter((id) => !merged.has(id));
}

/** The memberships that were merged into others: no command changes them, and no file has them. They are few. */
function mergedIds(condition: SQL): Set<number> {
  return new Set(
    statement(
      sql`SELECT id FROM memberships INDEXED BY memberships_merged_into
        WHERE merged_into_id IS NOT NULL AND ${condition}`,
    ).numbers(),
  );
}

/** These memberships with their figures in `month`, in the order of `ids`; those that do not exist in the scope are left out. */
export function membershipsByIds(scope: Scope, ids: readonly number[], month: number): MembershipItem[] {
  const rows = database()
    .select({
      id: memberships.id,
      memberId: members.id,
      name: members.name,
      email: members.email,
      role: memberships.role,
      active: memberships.active,
      allowance: memberships.allowance,
      monthlyAllowance: memberships.monthlyAllowance,
      spentThisMonth: membershipMonths.spent,
      spent: memberships.spent,
      lastActiveAt: memberships.lastActiveAt,
      createdAt: memberships.createdAt,
      mergedIntoId: memberships.mergedIntoId,
      mergedSpent: mergedSpentColumn(month),
      organization: {
        id: organizations.id,
        code: organizations.code,
        name: organizations.name,
        active: organizations.active,
        monthlyAllowance: organizations.monthlyAllowance,
        balance: organizations.balance,
      },
    })
    .from(memberships)
    .innerJoin(members, eq(members.id, memberships.memberId))
    .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
    .leftJoin(
      membershipMonths,
      sql`${membershipMonths.membershipId} = ${memberships.id} AND ${membershipMonths.month} = ${month}`,
    )
    .where(
      and(inArray(memberships.id, [...ids]), ...scopeConditions(scope, sql`${memberships.organizationId}`)),
    )
    .all();
  const byId = new Map(
    rows.map((row) => [
      row.id,
      {
        ...row,
        spentThisMonth: (row.spentThisMonth ?? 0n) + row.mergedSpent,
        merged: row.mergedIntoId !== null,
        effectiveAllowance: effectiveAllowance(row, row.organization.monthlyAllowance),
      },
    ]),
  );
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** The email of the first active member of an organization, by name; null without one, or outside the scope. */
export function firstActiveMember(scope: Scope, organizationId: number): string | null {
  if (!reads(scope, organizationId)) return null;
  const row = statement<{ email: string }>(
    sql`SELECT m.email FROM (SELECT member_id FROM memberships INDEXED BY memberships_organization_name
        WHERE organization_id = ${organizationId} AND active = 1 ORDER BY name_key, id LIMIT 1) ms
      JOIN members m ON m.id = ms.member_id`,
  ).get();
  return row?.email ?? null;
}

/** The first `limit` of a person's memberships in the scope, with their figures in `month`. */
export function membershipsOfMember(
  scope: Scope,
  { memberId, month, limit }: { memberId: number; month: number; limit: number },
): MembershipItem[] {
  const conditions = [sql`member_id = ${memberId}`, ...scopeConditions(scope, sql`+organization_id`)];
  const ids = statement(
    sql`SELECT id FROM memberships INDEXED BY memberships_member
      WHERE ${sql.join(conditions, sql` AND `)} ORDER BY id LIMIT ${limit}`,
  ).numbers();
  return membershipsByIds(scope, ids, month);
}

import { type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import type { ColumnOrder } from "#lib/lists/matches-in-pieces.ts";
import type { Filter, OrderedList } from "#lib/lists/numbered-pages.ts";
import { searchFilters } from "#lib/lists/search-filter.ts";
import { organizationIdOf } from "#lib/organization-codes/queries.ts";
import { isWhole, reads, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { currentMonth } from "#lib/settings/queries.ts";
import type { MemberSortKey, MembersView } from "../search-params.ts";

/** All conditions as one; without any, the one that every row meets. */
export const and = (conditions: SQL[]): SQL =>
  conditions.length === 0 ? sql`1` : sql.join(conditions, sql` AND `);

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
export function membershipConditions(
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

export const BY_ORGANIZATION = "memberships_organization_name";
/** Has the memberships that are near their allowance, by month and organization. */
const NEAR_ALLOWANCE = "memberships_near_allowance";

/** The people of a scope, which is not the whole enterprise, who have memberships in it and no active one. */
function inactiveInScope(scope: Scope): Filter {
  const inScope = (table: string) => and(scopeConditions(scope, sql.raw(`${table}.organization_id`)));
  const has = (
    active: 0 | 1,
    member: SQL,
  ) => sql`EXISTS (SELECT 1 FROM memberships m INDEXED BY memberships_member
    WHERE m.member_id = ${member} AND m.active = ${active} AND ${inScope("+m")})`;
  return {
    condition: sql`${has(0, sql`members.id`)} AND NOT ${has(1, sql`members.id`)}`,
    ids: sql`SELECT DISTINCT i.member_id FROM memberships i INDEXED BY ${sql.raw(BY_ORGANIZATION)}
      WHERE ${inScope("i")} AND i.active = 0 AND NOT ${has(1, sql`i.member_id`)}`,
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
    const filter =
      view.status === "inactive"
        ? inactiveInScope(scope)
        : havingMembership(scope, view, { organizationId: null, index: BY_ORGANIZATION });
    return { filters: [filter], conditions: [] };
  }
  if (view.status === "active") return { filters: [], conditions: [sql`active_memberships > 0`] };
  if (view.status === "all") return { filters: [], conditions: [] };
  const inactive = sql`active_memberships = 0`;
  if (!isSearched) return { filters: [], conditions: [inactive] };
  const ids = sql`SELECT id FROM members INDEXED BY members_inactive WHERE ${inactive}`;
  return { filters: [{ condition: inactive, ids }], conditions: [] };
}

/** The people of a view, in its order. Role, status and use are those of one membership, in the organization of the view. */
export function orderedMembers(scope: Scope, view: MembersView, organizationId: number | null): OrderedList {
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

/** The column of the view's order. */
export function orderOf(view: MembersView): ColumnOrder {
  const { descending, key } = sortOf(view);
  return { column: SORTS[key].column, descending };
}

export function sortOf({ sort }: MembersView): { descending: boolean; key: MemberSortKey } {
  const descending = sort.startsWith("-");
  return { descending, key: (descending ? sort.slice(1) : sort) as MemberSortKey };
}

/** The organization of the view's code; undefined when the view names one that does not exist in the scope. */
export function organizationOf(scope: Scope, view: MembersView): number | null | undefined {
  if (view.organization === "") return null;
  const id = organizationIdOf(database(), view.organization);
  return id !== null && reads(scope, id) ? id : undefined;
}

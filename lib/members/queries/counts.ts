import { setImmediate as nextTurn } from "node:timers/promises";
import { type SQL, sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { isWhole, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { MEMBER_ROLES, type MemberRole } from "../rules.ts";

// How many memberships there are and how many are in use. A person in two organizations counts twice, as in every count of
// an organization's members. Those of the whole enterprise are in tables that triggers keep.

/** Memberships by role; `active` are those that are not deactivated. */
export type MembershipCounts = Record<MemberRole, { all: number; active: number }>;

/** How many memberships had usage in a month, e.g. 202611. */
export type ActiveMonth = { month: number; members: number };

export type MemberCounts = { byRole: MembershipCounts; months: ActiveMonth[] };

/** How many organizations of a scope are read at once: some 30 ms. */
const ORGANIZATIONS_A_PIECE = 1_000;

const noCounts = (): MembershipCounts =>
  Object.fromEntries(MEMBER_ROLES.map((role) => [role, { all: 0, active: 0 }])) as MembershipCounts;

/** The memberships of the scope by role, and how many of them had usage in each of these months, in their order. */
export async function memberCounts(scope: Scope, months: readonly number[]): Promise<MemberCounts> {
  const byRole = noCounts();
  const inMonth = new Map<number, number>();
  const add = ({ roles, used }: { roles: SQL; used: SQL }) => {
    for (const [role, active, members] of statement(roles).lists<[MemberRole, bigint, bigint]>()) {
      byRole[role].all += Number(members);
      if (active === 1n) byRole[role].active += Number(members);
    }
    for (const [month, members] of statement(used).lists<[bigint, bigint]>()) {
      inMonth.set(Number(month), (inMonth.get(Number(month)) ?? 0) + Number(members));
    }
  };
  if (isWhole(scope)) add(ofEnterprise(months));
  else {
    const ids = [...(scope.organizationIds ?? [])];
    for (let start = 0; start < ids.length; start += ORGANIZATIONS_A_PIECE) {
      if (start > 0) await nextTurn();
      add(ofOrganizations(ids.slice(start, start + ORGANIZATIONS_A_PIECE), months));
    }
  }
  return { byRole, months: months.map((month) => ({ month, members: inMonth.get(month) ?? 0 })) };
}

/** More memberships near their allowance than this are not counted. */
export const COUNTED_NEAR_ALLOWANCE = 999;

/**
 * How many memberships of the scope have used 80% of their allowance or more in a month, e.g. 202611, up to one more than
 * {@link COUNTED_NEAR_ALLOWANCE}.
 */
export function countNearAllowance(scope: Scope, month: number): number {
  const conditions = [sql`near_allowance_month = ${month}`, ...scopeConditions(scope, sql`organization_id`)];
  const [count = 0] = statement(
    sql`SELECT count(*) FROM (SELECT 1 FROM memberships INDEXED BY memberships_near_allowance
      WHERE ${sql.join(conditions, sql` AND `)} LIMIT ${COUNTED_NEAR_ALLOWANCE + 1})`,
  ).numbers();
  return count;
}

const listOf = (values: readonly number[]): SQL => sql`json_each(${JSON.stringify(values)})`;

function ofEnterprise(months: readonly number[]): { roles: SQL; used: SQL } {
  return {
    roles: sql`SELECT role, active, sum(members) FROM credit_type_members GROUP BY role, active`,
    used: sql`SELECT month, sum(active_members) FROM credit_type_months
      WHERE month IN (SELECT value FROM ${listOf(months)}) GROUP BY month`,
  };
}

function ofOrganizations(ids: readonly number[], months: readonly number[]): { roles: SQL; used: SQL } {
  return {
    roles: sql`SELECT m.role, m.active, count(*) FROM ${listOf(ids)} s
      CROSS JOIN memberships m INDEXED BY memberships_organization_name ON m.organization_id = s.value
      GROUP BY m.role, m.active`,
    used: sql`SELECT m.month, count(*) FROM ${listOf(ids)} s CROSS JOIN ${listOf(months)} n
      CROSS JOIN membership_months m INDEXED BY membership_months_organization
        ON m.organization_id = s.value AND m.month = n.value GROUP BY m.month`,
  };
}

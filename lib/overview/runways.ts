import { type CreditType, listCreditTypes } from "#lib/credit-types/queries.ts";
import { listOrganizations } from "#lib/organizations/queries/list.ts";
import type { OrganizationListItem } from "#lib/organizations/queries/organizations.ts";
import { totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { daysLeft, firstSpendingDay, type Runway, runwayOf } from "#lib/runway/rules.ts";
import type { Scope } from "#lib/scope/scope.ts";
import type { SpendingByType } from "./queries.ts";

/** How many organizations and pools are named. */
const RUNWAYS_SHOWN = 6;

export type OrganizationRunway = { organization: OrganizationListItem; runway: Runway };

/** The active organizations of a scope that run out first, among those that have spent in the last 30 days. */
export function shortestRunways(scope: Scope): OrganizationRunway[] {
  const view = { ...organizationsSearchParams.defaults, sort: "runs-out", status: "active" } as const;
  return listOrganizations(scope, view, totalsByCreditType(scope))
    .items.map((organization) => ({ organization, runway: runwayOf(organization) }))
    .filter(({ runway }) => runway.state !== "unused")
    .slice(0, RUNWAYS_SHOWN);
}

export type PoolRunway = { pool: CreditType; spentLast30Days: bigint; runway: Runway };

/**
 * How long each pool lasts if what its organizations spend is taken from it, the shortest first; those without spending
 * are left out. A part of the enterprise has no pools.
 *
 * @param spending of the last 30 days or more
 */
export function poolRunways(scope: Scope, spending: SpendingByType, today: number): PoolRunway[] {
  const from = firstSpendingDay(today);
  return listCreditTypes(scope)
    .filter(({ archivedAt }) => archivedAt === null)
    .map((pool) => {
      let spentLast30Days = 0n;
      for (const [day, spent] of spending.get(pool.id) ?? []) {
        if (day >= from && day <= today) spentLast30Days += spent;
      }
      return { pool, spentLast30Days, runway: runwayOf({ balance: pool.available, spentLast30Days }) };
    })
    .filter(({ runway }) => runway.state !== "unused")
    .sort((a, b) => (daysLeft(a.runway) ?? 0) - (daysLeft(b.runway) ?? 0))
    .slice(0, RUNWAYS_SHOWN);
}

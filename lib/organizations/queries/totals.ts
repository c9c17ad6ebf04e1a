import { asc, sql } from "drizzle-orm";
import { creditTypes } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { isWhole, organizationsIn, type Scope } from "#lib/scope/scope.ts";

/** The figures of all organizations of a scope; credits in micro-credits. */
export type OrganizationTotals = {
  organizations: number;
  activeOrganizations: number;
  members: number;
  balance: bigint;
  spent: bigint;
};

/** The same for one credit type. */
export type CreditTypeTotals = OrganizationTotals & { id: number; name: string };

const totals = statement((db) =>
  db
    .select({
      id: creditTypes.id,
      name: creditTypes.name,
      organizations: creditTypes.organizations,
      activeOrganizations: creditTypes.activeOrganizations,
      members: creditTypes.members,
      balance: creditTypes.balance,
      spent: creditTypes.totalSpent,
    })
    .from(creditTypes)
    .orderBy(asc(creditTypes.nameKey)),
);

/**
 * The figures of each credit type. Those of the whole enterprise come from counters; those of another scope are added up
 * over its organizations, and have only the credit types of these.
 */
export function totalsByCreditType(scope: Scope): CreditTypeTotals[] {
  if (isWhole(scope)) return totals.all();
  return statement(
    sql`SELECT t.id, t.name, count(*), sum(o.active), sum(o.members), sum(o.balance), sum(o.spent)
      FROM ${organizationsIn(scope)} CROSS JOIN organizations o ON o.id = value
      CROSS JOIN credit_types t ON t.id = o.credit_type_id GROUP BY t.id ORDER BY t.name_key`,
  )
    .lists<[bigint, string, bigint, bigint, bigint, bigint, bigint]>()
    .map(([id, name, count, active, members, balance, spent]) => ({
      id: Number(id),
      name,
      organizations: Number(count),
      activeOrganizations: Number(active),
      members: Number(members),
      balance,
      spent,
    }));
}

/** Adds up {@link totalsByCreditType}. */
export function organizationTotals(byCreditType: readonly OrganizationTotals[]): OrganizationTotals {
  const totals = { organizations: 0, activeOrganizations: 0, members: 0, balance: 0n, spent: 0n };
  for (const type of byCreditType) {
    totals.organizations += type.organizations;
    totals.activeOrganizations += type.activeOrganizations;
    totals.members += type.members;
    totals.balance += type.balance;
    totals.spent += type.spent;
  }
  return totals;
}

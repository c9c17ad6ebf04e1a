import { sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { and } from "./member-filters.ts";

/** What these people spent in `month`, e.g. 202610, over the memberships in the scope, by the person's id. */
export function spentInMonthByIds(scope: Scope, ids: readonly number[], month: number): Map<number, bigint> {
  const inScope = scopeConditions(scope, sql`+memberships.organization_id`);
  const rows = statement(
    sql`SELECT people.value, sum(months.spent) FROM json_each(${JSON.stringify(ids)}) AS people
      CROSS JOIN memberships INDEXED BY memberships_member ON memberships.member_id = people.value
      JOIN membership_months AS months ON months.membership_id = memberships.id AND months.month = ${month}
      ${inScope.length === 0 ? sql`` : sql`WHERE ${and(inScope)}`} GROUP BY people.value`,
  ).lists<[bigint, bigint]>();
  return new Map(rows.map(([id, spent]) => [Number(id), spent]));
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

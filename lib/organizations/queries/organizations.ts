import { and, asc, eq, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { creditTypes, organizations } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { organizationIdOf } from "#lib/organization-codes/queries.ts";
import { reads, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { tagsColumn, tagsOfText } from "../tag-queries.ts";

/** The fields of a card or a row of the list. */
export type OrganizationListItem = {
  id: number;
  name: string;
  code: string;
  active: boolean;
  createdAt: Date;
  members: number;
  balance: bigint;
  spent: bigint;
  /** Reversals are taken off. */
  spentLast30Days: bigint;
  monthlyAllowance: bigint | null;
  creditTypeId: number;
  creditTypeName: string;
  currency: string;
  /** Of its credit type now: credits per currency unit, in millionths. */
  exchangeRate: bigint;
  /** In order. */
  tags: readonly string[];
};

const byIds = statement((db) =>
  db
    .select({
      id: organizations.id,
      name: organizations.name,
      code: organizations.code,
      active: organizations.active,
      createdAt: organizations.createdAt,
      members: organizations.members,
      balance: organizations.balance,
      spent: organizations.spent,
      spentLast30Days: organizations.spentLast30Days,
      monthlyAllowance: organizations.monthlyAllowance,
      creditTypeId: organizations.creditTypeId,
      creditTypeName: creditTypes.name,
      currency: creditTypes.currency,
      exchangeRate: creditTypes.exchangeRate,
      tags: tagsColumn,
    })
    .from(organizations)
    .innerJoin(creditTypes, eq(creditTypes.id, organizations.creditTypeId))
    .where(sql`${organizations.id} IN (SELECT value FROM json_each(${sql.placeholder("ids")}))`),
);

/**
 * What the list shows of these organizations, in the order of `ids`; ids that are unknown or outside the scope are left
 * out.
 */
export function organizationsByIds(scope: Scope, ids: readonly number[]): OrganizationListItem[] {
  const readable = ids.filter((id) => reads(scope, id));
  const rows = byIds.lists<ListColumns>({ ids: JSON.stringify(readable) });
  const byId = new Map(rows.map((columns) => [Number(columns[0]), listItem(columns)]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** The columns of {@link byIds}, as the driver gives them. */
type ListColumns = [
  id: bigint,
  name: string,
  code: string,
  active: bigint,
  createdAt: bigint,
  members: bigint,
  balance: bigint,
  spent: bigint,
  spentLast30Days: bigint,
  monthlyAllowance: bigint | null,
  creditTypeId: bigint,
  creditTypeName: string,
  currency: string,
  exchangeRate: bigint,
  tags: string | null,
];

function listItem(columns: ListColumns): OrganizationListItem {
  const [id, name, code, active, createdAt, members, balance, spent, spentLast30Days, ...others] = columns;
  const [monthlyAllowance, creditTypeId, creditTypeName, currency, exchangeRate, tags] = others;
  return {
    id: Number(id),
    name,
    code,
    active: active === 1n,
    createdAt: new Date(Number(createdAt)),
    members: Number(members),
    balance,
    spent,
    spentLast30Days,
    monthlyAllowance,
    creditTypeId: Number(creditTypeId),
    creditTypeName,
    currency,
    exchangeRate,
    tags: tagsOfText(tags),
  };
}

/** Codes and balances in micro-credits of the scope's oldest organizations, at most `limit`. */
export function organizationBalances(scope: Scope, limit: number): { code: string; balance: bigint }[] {
  return database()
    .select({ code: organizations.code, balance: organizations.balance })
    .from(organizations)
    .where(and(...scopeConditions(scope, sql`${organizations.id}`)))
    .orderBy(asc(organizations.id))
    .limit(limit)
    .all();
}

export type OrganizationDetail = OrganizationListItem & { creditsMoved: boolean };

const creditsMoved = statement((db) =>
  db
    .select({ creditsMoved: organizations.creditsMoved })
    .from(organizations)
    .where(eq(organizations.id, sql.placeholder("id"))),
);

/**
 * The organization that has the code, compared as `codeKey` does, or that had it; null when there is none in the scope.
 */
export function getOrganization(scope: Scope, code: string): OrganizationDetail | null {
  const id = organizationIdOf(database(), code);
  const [item] = id === null ? [] : organizationsByIds(scope, [id]);
  if (!item) return null;
  const row = creditsMoved.get({ id: item.id });
  return row ? { ...item, ...row } : null;
}

import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { creditTypes, organizations } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import {
  allIds,
  type Filter,
  fewMatches,
  idsOfPage,
  idsOfUnfilteredPage,
  numberedPage,
  type OrderedList,
} from "#lib/lists/numbered-pages.ts";
import { searchFilters, textHasWords } from "#lib/lists/search-filter.ts";
import { isFew, isWhole, organizationsIn, reads, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { searchWords } from "#lib/text.ts";
import { organizationIdOf } from "./former-codes.ts";
import type { OrganizationsView, SortKey } from "./search-params.ts";
import { tagFilters, tagsColumn, tagsOfText } from "./tag-queries.ts";

/** Up to this many matches are sorted: with more, trying the first rows of the order is quicker. */
const MAX_SORTED_ORGANIZATIONS = 5_000;

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

export type StatusCounts = { all: number; active: number; inactive: number };

/** A page of the list, with the number it really has: one past the end shows the last page. */
export type OrganizationsPage = {
  items: OrganizationListItem[];
  counts: StatusCounts;
  page: number;
  pages: number;
};

const statements = {
  totals: statement((db) =>
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
  ),
  byIds: statement((db) =>
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
  ),
};

/**
 * The figures of each credit type. Those of the whole enterprise come from counters; those of another scope are added up
 * over its organizations, and have only the credit types of these.
 */
export function totalsByCreditType(scope: Scope): CreditTypeTotals[] {
  if (isWhole(scope)) return statements.totals.all();
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

/** The column of each sort key, and its index. */
const SORTED_BY: Record<SortKey, { column: string; index: string }> = {
  created: { column: "created_at", index: "organizations_created" },
  name: { column: "name_key", index: "organizations_name" },
  members: { column: "members", index: "organizations_members" },
  balance: { column: "balance", index: "organizations_balance" },
  spent: { column: "spent", index: "organizations_spent" },
  "spent-30d": { column: "spent_last_30_days", index: "organizations_spent_last_30_days" },
  "runs-out": { column: "days_left", index: "organizations_days_left" },
};

/** The list in the view's order. Rows of one import share their creation date, so the order of ids keeps that of the file. */
function orderedList(scope: Scope, view: OrganizationsView): OrderedList {
  const { sort, type, tag, status, q } = view;
  const descending = sort.startsWith("-");
  const key = (descending ? sort.slice(1) : sort) as SortKey;
  const runsOut = runsOutFilters(view);
  const isByDaysLeft = key === "runs-out";
  const idDescending = descending && key !== "created";
  const order = (backwards: boolean) => {
    const direction = (down: boolean) => (down === backwards ? "ASC" : "DESC");
    return `${SORTED_BY[key].column} ${direction(descending)}, id ${direction(idDescending)}`;
  };
  return {
    table: "organizations",
    index: sort === "-created" ? "organizations_created_desc" : SORTED_BY[key].index,
    order: order(false),
    backwards: order(true),
    conditions: [
      ...(type === null ? [] : [sql`credit_type_id = ${type}`]),
      ...(status === "all" ? [] : [sql`active = ${status === "active" ? 1 : 0}`]),
      ...(isByDaysLeft ? runsOut.map(({ condition }) => condition) : []),
    ],
    filters: [
      ...scopeFilters(scope),
      ...tagFilters(tag),
      ...(isByDaysLeft ? [] : runsOut),
      ...searchFilters("organizations", q),
    ],
  };
}

/** The scope as a filter of the list; none for the whole enterprise. */
function scopeFilters(scope: Scope): Filter[] {
  return scopeConditions(scope, sql`+organizations.id`).map((condition) => ({
    condition,
    ids: sql`SELECT value FROM ${organizationsIn(scope)}`,
  }));
}

/** Those whose balance lasts for so many days at most. Where nothing was spent, it lasts. */
function runsOutFilters({ "runs-out": within }: OrganizationsView): Filter[] {
  if (within === "any") return [];
  const condition = sql`days_left <= ${Number(within)}`;
  return [
    {
      condition,
      ids: sql`SELECT id FROM organizations INDEXED BY organizations_days_left WHERE ${condition}`,
    },
  ];
}

/** The organizations of a scope that has few. Its lists sort them, whatever the filters. */
function fewOf(scope: Scope): readonly number[] | null {
  return scope.organizationIds !== null && isFew(scope) ? [...scope.organizationIds] : null;
}

/**
 * The organizations of the scope that have all of the tags and run out in time, as the tables and conditions of a query
 * that may add conditions on `search_text` where the view has a search. It begins with the rows of a small scope, or else
 * of one tag: of one that few organizations have, where there is such a tag. Without either, it reads the index of the
 * search, or without a search that of the days left.
 */
function filteredRows(scope: Scope, view: OrganizationsView): SQL {
  const [first, ...others] = view.tag;
  const ofScope = fewOf(scope);
  const inScope = ofScope ? [] : scopeFilters(scope).map(({ condition }) => condition);
  const [runsOut] = runsOutFilters(view);
  if (first === undefined && !ofScope) {
    const rows =
      runsOut && view.q === ""
        ? [sql`organizations INDEXED BY organizations_days_left WHERE ${runsOut.condition}`]
        : [
            sql`organizations INDEXED BY organizations_search_text WHERE 1`,
            // The index lacks the days. Reading them row by row would cost more than the ids from their own index.
            ...(runsOut ? [sql`+id IN (${runsOut.ids})`] : []),
          ];
    return sql.join([...rows, ...inScope], sql` AND `);
  }
  const few = ofScope ?? fewMatches({ table: "organizations", filters: tagFilters(view.tag) });
  const rows = few
    ? sql`organizations NOT INDEXED WHERE id IN (SELECT value FROM json_each(${JSON.stringify(few)}))`
    : sql`organization_tags INDEXED BY organization_tags_tag CROSS JOIN organizations NOT INDEXED ON id = organization_id
        WHERE tag = ${first}`;
  const conditions = [
    ...tagFilters(few ? view.tag : others).map(({ condition }) => condition),
    ...(runsOut ? [runsOut.condition] : []),
  ];
  return sql.join([rows, ...inScope, ...conditions], sql` AND `);
}

/** The tabs' counts of a view, and the ids that they count where those are few. */
type Counted = { counts: StatusCounts; few: readonly number[] | null };

/**
 * Counts the organizations of the view by status, whichever status it shows. Where it filters by nothing but the credit
 * type, the counts are in the totals. Else one pass over an index gives the counts and the ids, because a second pass for
 * the ids would cost as much again.
 */
function countedByStatus(
  scope: Scope,
  view: OrganizationsView,
  byCreditType: readonly CreditTypeTotals[],
): Counted {
  const { q, tag, type } = view;
  const counts = (all: number, active: number) => ({ all, active, inactive: all - active });
  const words = searchWords(q);
  if (words.length === 0 && tag.length === 0 && view["runs-out"] === "any") {
    const totals = organizationTotals(byCreditType.filter(({ id }) => type === null || id === type));
    return { counts: counts(totals.organizations, totals.activeOrganizations), few: fewOf(scope) };
  }
  const conditions = [
    ...(words.length === 0 ? [] : [textHasWords(words)]),
    ...(type === null ? [] : [sql`credit_type_id = ${type}`]),
  ];
  const row = statement<{ all: bigint; active: bigint; ids: string | null }>(
    sql`SELECT count(*) AS "all", coalesce(sum(active), 0) AS active,
        CASE WHEN count(*) <= ${MAX_SORTED_ORGANIZATIONS} THEN json_group_array(id) END AS ids
      FROM ${sql.join([filteredRows(scope, view), ...conditions], sql` AND `)}`,
  ).get();
  return {
    counts: counts(Number(row?.all ?? 0n), Number(row?.active ?? 0n)),
    few: row?.ids ? (JSON.parse(row.ids) as number[]) : fewOf(scope),
  };
}

/**
 * One page of the view with the tabs' counts.
 *
 * @param byCreditType {@link totalsByCreditType} of the same scope
 */
export function listOrganizations(
  scope: Scope,
  view: OrganizationsView,
  byCreditType: readonly CreditTypeTotals[],
): OrganizationsPage {
  const { counts, few } = countedByStatus(scope, view, byCreditType);
  const list = {
    ...orderedList(scope, view),
    // Unknown for a part of the enterprise.
    ...(isWhole(scope) && { size: organizationTotals(byCreditType).organizations }),
  };
  const total = counts[view.status];
  const { items, page, pages } = numberedPage({ total, page: view.page, size: Number(view.size) }, (place) =>
    list.filters.length === 0 ? idsOfUnfilteredPage(list, total, place) : idsOfPage(list, few, place),
  );
  return { items: organizationsByIds(scope, items), counts, page, pages };
}

/** The ids of all pages of the view, in its order. */
export function organizationIds(scope: Scope, view: OrganizationsView): number[] {
  return allIds(orderedList(scope, view));
}

/**
 * What the list shows of these organizations, in the order of `ids`; ids that are unknown or outside the scope are left
 * out.
 */
export function organizationsByIds(scope: Scope, ids: readonly number[]): OrganizationListItem[] {
  const readable = ids.filter((id) => reads(scope, id));
  const rows = statements.byIds.all({ ids: JSON.stringify(readable) });
  const byId = new Map(rows.map((row) => [row.id, { ...row, tags: tagsOfText(row.tags) }]));
  return ids.flatMap((id) => byId.get(id) ?? []);
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

/**
 * The organization that has the code, compared as `codeKey` does, or that had it; null when there is none in the scope.
 */
export function getOrganization(scope: Scope, code: string): OrganizationDetail | null {
  const id = organizationIdOf(database(), code);
  if (id === null || !reads(scope, id)) return null;
  const row = database()
    .select({ id: organizations.id, creditsMoved: organizations.creditsMoved })
    .from(organizations)
    .where(eq(organizations.id, id))
    .get();
  const item = row && organizationsByIds(scope, [row.id])[0];
  return row && item ? { ...item, creditsMoved: row.creditsMoved } : null;
}

import { asc, eq, inArray, type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { creditTypes, organizations } from "#db/schema/index.ts";
import { searchWords } from "#lib/text.ts";
import { codeKey } from "./rules.ts";
import type { OrganizationsView, SortKey } from "./search-params.ts";

export const PAGE_SIZE = 24;

/** Enterprise-wide figures; credits in micro-credits. */
export type EnterpriseTotals = {
  organizations: number;
  activeOrganizations: number;
  members: number;
  balance: bigint;
  spent: bigint;
};

/** The same for one credit type. */
export type CreditTypeTotals = EnterpriseTotals & { id: number; name: string };

/** What a card or a row of the list shows. */
export type OrganizationListItem = {
  id: number;
  name: string;
  code: string;
  active: boolean;
  createdAt: Date;
  members: number;
  balance: bigint;
  spent: bigint;
  monthlyAllowance: bigint | null;
  creditTypeId: number;
  creditTypeName: string;
  currency: string;
};

export type StatusCounts = { all: number; active: number; inactive: number };

/** A page of the list, with the page it really is: one past the end shows the last. */
export type OrganizationsPage = {
  items: OrganizationListItem[];
  counts: StatusCounts;
  page: number;
  pages: number;
};

/** The metrics by credit type; their sums are the enterprise's. Read from counters, so the cost is that of the types. */
export function totalsByCreditType(): CreditTypeTotals[] {
  return database()
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
    .orderBy(asc(creditTypes.nameKey))
    .all();
}

/** Adds up {@link totalsByCreditType}. */
export function enterpriseTotals(byCreditType: readonly EnterpriseTotals[]): EnterpriseTotals {
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

const SORT_COLUMNS: Record<SortKey, SQL> = {
  created: sql.raw("created_at"),
  name: sql.raw("name_key"),
  members: sql.raw("members"),
  balance: sql.raw("balance"),
  spent: sql.raw("spent"),
};

/** Equal keys keep the order of ids, so that an imported file keeps its order; descending figures reverse their index. */
function orderBy(sort: OrganizationsView["sort"]): SQL {
  const descending = sort.startsWith("-");
  const key = (descending ? sort.slice(1) : sort) as SortKey;
  const column = SORT_COLUMNS[key];
  if (!descending) return sql`${column} ASC, id ASC`;
  return key === "created" ? sql`${column} DESC, id ASC` : sql`${column} DESC, id DESC`;
}

/** Every word of the search must be in the name or the code, anywhere. */
function searchConditions(q: string): SQL[] {
  const { match, short } = searchWords(q);
  const conditions = short.map((word) => sql`instr(search_text, ${word}) > 0`);
  if (match !== null) {
    conditions.push(
      sql`id IN (SELECT rowid FROM organizations_search WHERE organizations_search MATCH ${match})`,
    );
  }
  return conditions;
}

function where(conditions: SQL[]): SQL {
  return conditions.length === 0 ? sql`` : sql`WHERE ${sql.join(conditions, sql` AND `)}`;
}

function viewConditions(view: OrganizationsView): SQL[] {
  const conditions = searchConditions(view.q);
  if (view.type !== null) conditions.push(sql`credit_type_id = ${view.type}`);
  if (view.status !== "all") conditions.push(sql`active = ${view.status === "active" ? 1 : 0}`);
  return conditions;
}

/** The tabs' counts under the view's search and credit type; from counters where nothing is searched for. */
function statusCounts(view: OrganizationsView, byCreditType: readonly CreditTypeTotals[]): StatusCounts {
  const search = searchConditions(view.q);
  if (search.length === 0) {
    const totals = enterpriseTotals(
      byCreditType.filter((type) => view.type === null || type.id === view.type),
    );
    return {
      all: totals.organizations,
      active: totals.activeOrganizations,
      inactive: totals.organizations - totals.activeOrganizations,
    };
  }
  const conditions = viewConditions({ ...view, status: "all" });
  const row = database().get<{ total: bigint; active: bigint | null }>(
    sql`SELECT count(*) AS total, sum(active) AS active FROM organizations ${where(conditions)}`,
  );
  const all = Number(row?.total ?? 0n);
  const active = Number(row?.active ?? 0n);
  return { all, active, inactive: all - active };
}

/** One page of the view with the tabs' counts. */
export function listOrganizations(
  view: OrganizationsView,
  byCreditType: readonly CreditTypeTotals[],
): OrganizationsPage {
  const counts = statusCounts(view, byCreditType);
  const pages = Math.max(1, Math.ceil(counts[view.status] / PAGE_SIZE));
  const page = Math.min(view.page, pages);
  const ids = pageOfIds(view, sql`LIMIT ${PAGE_SIZE} OFFSET ${(page - 1) * PAGE_SIZE}`);
  return { items: organizationsByIds(ids), counts, page, pages };
}

function pageOfIds(view: OrganizationsView, limit: SQL): number[] {
  // Ids alone, so that a covering index serves filter, order and offset; the rows follow for one page only.
  return database()
    .all<{ id: bigint }>(
      sql`SELECT id FROM organizations ${where(viewConditions(view))} ORDER BY ${orderBy(view.sort)} ${limit}`,
    )
    .map((row) => Number(row.id));
}

/** Every id of the view, whole and in its order, whatever its page. */
export function organizationIds(view: OrganizationsView): number[] {
  return pageOfIds(view, sql``);
}

/** What the list shows of these organizations, in the order of `ids`; unknown ids are left out. */
export function organizationsByIds(ids: readonly number[]): OrganizationListItem[] {
  const rows = database()
    .select({
      id: organizations.id,
      name: organizations.name,
      code: organizations.code,
      active: organizations.active,
      createdAt: organizations.createdAt,
      members: organizations.members,
      balance: organizations.balance,
      spent: organizations.spent,
      monthlyAllowance: organizations.monthlyAllowance,
      creditTypeId: organizations.creditTypeId,
      creditTypeName: creditTypes.name,
      currency: creditTypes.currency,
    })
    .from(organizations)
    .innerJoin(creditTypes, eq(creditTypes.id, organizations.creditTypeId))
    .where(inArray(organizations.id, [...ids]))
    .all();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

export type OrganizationDetail = OrganizationListItem & { creditsMoved: boolean };

/** The organization of a code, compared as {@link codeKey} does; null when there is none. */
export function getOrganization(code: string): OrganizationDetail | null {
  const row = database()
    .select({ id: organizations.id, creditsMoved: organizations.creditsMoved })
    .from(organizations)
    .where(eq(organizations.codeKey, codeKey(code)))
    .get();
  const item = row && organizationsByIds([row.id])[0];
  return row && item ? { ...item, creditsMoved: row.creditsMoved } : null;
}

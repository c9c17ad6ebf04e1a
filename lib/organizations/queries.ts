import { asc, eq, type SQL, sql } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import { preparedOnce } from "#db/prepared.ts";
import { creditTypes, organizations } from "#db/schema/index.ts";
import { searchWords } from "#lib/text.ts";
import { codeKey } from "./rules.ts";
import { byCreated, type Found, searchOrganizations } from "./search.ts";
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

function prepareStatements(db: Database) {
  return {
    totals: db
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
      .prepare(),
    byIds: db
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
      .where(sql`${organizations.id} IN (SELECT value FROM json_each(${sql.placeholder("ids")}))`)
      .prepare(),
  };
}

const statementsOf = preparedOnce(prepareStatements);

/** The metrics by credit type; their sums are the enterprise's. Read from counters, so the cost is that of the types. */
export function totalsByCreditType(): CreditTypeTotals[] {
  return statementsOf(database()).totals.all();
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

const SORT_COLUMNS: Record<SortKey, string> = {
  created: "created_at",
  name: "name_key",
  members: "members",
  balance: "balance",
  spent: "spent",
};

/**
 * Equal keys keep the order of ids, so that an imported file keeps its order; descending figures reverse their index.
 * `backwards` is the same order from its end.
 */
function orderBy(sort: OrganizationsView["sort"], backwards = false): string {
  const descending = sort.startsWith("-");
  const key = (descending ? sort.slice(1) : sort) as SortKey;
  const idsDescending = descending && key !== "created";
  const direction = (down: boolean) => (down === backwards ? "ASC" : "DESC");
  return `${SORT_COLUMNS[key]} ${direction(descending)}, id ${direction(idsDescending)}`;
}

/** What the filters ask for; served by each sort key's covering index. */
function filterConditions(view: OrganizationsView): SQL {
  const conditions: SQL[] = [];
  if (view.type !== null) conditions.push(sql`credit_type_id = ${view.type}`);
  if (view.status !== "all") conditions.push(sql`active = ${view.status === "active" ? 1 : 0}`);
  return conditions.length === 0 ? sql`` : sql`WHERE ${sql.join(conditions, sql` AND `)}`;
}

/** The organizations that the view's search finds; null where nothing is searched for. */
function found(view: OrganizationsView): Found | null {
  const words = searchWords(view.q).all;
  return words.length === 0 ? null : searchOrganizations({ words, type: view.type, status: view.status });
}

/** The tabs' counts under the view's search and credit type; from counters where nothing is searched for. */
function statusCounts(
  view: OrganizationsView,
  hits: Found | null,
  byCreditType: readonly CreditTypeTotals[],
): StatusCounts {
  if (hits) return { all: hits.all, active: hits.active, inactive: hits.all - hits.active };
  const totals = enterpriseTotals(byCreditType.filter((type) => view.type === null || type.id === view.type));
  return {
    all: totals.organizations,
    active: totals.activeOrganizations,
    inactive: totals.organizations - totals.activeOrganizations,
  };
}

/** One page of the view with the tabs' counts. */
export function listOrganizations(
  view: OrganizationsView,
  byCreditType: readonly CreditTypeTotals[],
): OrganizationsPage {
  const hits = found(view);
  const counts = statusCounts(view, hits, byCreditType);
  const total = counts[view.status];
  const pages = Math.max(1, Math.ceil(total / PAGE_SIZE));
  const page = Math.min(view.page, pages);
  const skip = (page - 1) * PAGE_SIZE;
  const take = Math.min(PAGE_SIZE, total - skip);
  const ids = hits ? hitsInOrder(hits, view, skip, take) : idsInOrder(view, total, skip, take);
  return { items: organizationsByIds(ids), counts, page, pages };
}

/** Ids alone, so that a covering index serves filter, order and offset. Past the middle it is read from its end. */
function idsInOrder(view: OrganizationsView, total: number, skip: number, take: number): number[] {
  const backwards = skip > total / 2;
  const offset = backwards ? total - skip - take : skip;
  const ids = database()
    .all<{ id: bigint }>(pageStatement(view, backwards, take, offset))
    .map((row) => Number(row.id));
  return backwards ? ids.reverse() : ids;
}

/** The statement behind {@link listOrganizations} where nothing is searched for. */
export function pageStatement(
  view: OrganizationsView,
  backwards: boolean,
  limit: number,
  offset: number,
): SQL {
  return sql`SELECT id FROM organizations ${filterConditions(view)} ORDER BY ${sql.raw(orderBy(view.sort, backwards))}
    LIMIT ${limit} OFFSET ${offset}`;
}

/** What looking up one hit costs, in steps through an index. */
const STEPS_A_LOOKUP = 8;
/** So many hits are sorted by when they were created, which is known in memory, as fast as they are met. */
const SORTED_IN_MEMORY = 10_000;

/** `take` of the hits in the view's order, after the first `skip`. */
function hitsInOrder(hits: Found, view: OrganizationsView, skip: number, take: number): number[] {
  const wanted = hits.ids.length;
  if (wanted === 0) return [];
  if (wanted <= SORTED_IN_MEMORY && (view.sort === "created" || view.sort === "-created")) {
    return byCreated(hits.ids, view.sort === "-created").slice(skip, skip + take);
  }
  const all = Number(database().get<{ n: bigint }>(sql`SELECT max(id) AS n FROM organizations`)?.n ?? 0n);
  const steps = ((Math.min(skip, wanted - skip) + take) * all) / wanted;
  const lookups = wanted * STEPS_A_LOOKUP;
  // Many hits: one of them is soon met in any order, unless they all stand at its end.
  const met = steps < lookups ? hitsMet(hits, view, { skip, take, most: lookups, all }) : null;
  if (met) return met;
  return database()
    .all<{ id: bigint }>(
      sql`SELECT id FROM organizations WHERE id IN (SELECT value FROM json_each(${JSON.stringify(hits.ids)}))
        ORDER BY ${sql.raw(orderBy(view.sort))} LIMIT ${take} OFFSET ${skip}`,
    )
    .map((row) => Number(row.id));
}

/** The same by walking through all in the view's order; null after `most` steps without an end. */
function hitsMet(
  hits: Found,
  view: OrganizationsView,
  { skip, take, most, all }: { skip: number; take: number; most: number; all: number },
): number[] | null {
  const isHit = new Uint8Array(all + 1);
  for (const id of hits.ids) isHit[id] = 1;
  const backwards = skip > hits.ids.length / 2;
  let toSkip = backwards ? hits.ids.length - skip - take : skip;
  let steps = 0;
  const ids: number[] = [];
  const walk = database()
    .$client.prepare(`SELECT id FROM organizations ORDER BY ${orderBy(view.sort, backwards)}`)
    .safeIntegers(false)
    .pluck();
  for (const id of walk.iterate() as IterableIterator<number>) {
    steps += 1;
    if (steps > most) return null;
    if (isHit[id] !== 1) continue;
    if (toSkip > 0) toSkip -= 1;
    else if (ids.push(id) === take) break;
  }
  return backwards ? ids.reverse() : ids;
}

/** Every id of the view, whole and in its order, whatever its page. */
export function organizationIds(view: OrganizationsView): number[] {
  const hits = found(view);
  if (hits) return hitsInOrder(hits, view, 0, hits.ids.length);
  return database()
    .all<{ id: bigint }>(pageStatement(view, false, -1, 0))
    .map((row) => Number(row.id));
}

/** What the list shows of these organizations, in the order of `ids`; unknown ids are left out. */
export function organizationsByIds(ids: readonly number[]): OrganizationListItem[] {
  const rows = statementsOf(database()).byIds.all({ ids: JSON.stringify(ids) });
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

import { type SQL, sql } from "drizzle-orm";
import { type Filter, fewMatches, type OrderedList } from "#lib/lists/numbered-pages.ts";
import { searchFilters } from "#lib/lists/search-filter.ts";
import { isFew, organizationsIn, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import type { OrganizationsView, SortKey } from "../search-params.ts";
import { tagFilters } from "../tag-queries.ts";

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
export function orderedList(scope: Scope, view: OrganizationsView): OrderedList {
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

/** Those whose balance lasts for at most the days of the view. Those that spent nothing are not among them. */
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
export function fewOf(scope: Scope): readonly number[] | null {
  return scope.organizationIds !== null && isFew(scope) ? [...scope.organizationIds] : null;
}

/**
 * The organizations of the scope that have all of the tags and run out in time, as the tables and conditions of a query
 * that may add conditions on `search_text` where the view has a search. It begins with the rows of a small scope, or else
 * of one tag: of one that few organizations have, where there is such a tag. Without either, it reads the index of the
 * search, or without a search that of the days left.
 */
export function filteredRows(scope: Scope, view: OrganizationsView): SQL {
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

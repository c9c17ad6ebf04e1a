import { sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { isFew, isWhole, organizationsIn, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { sortedTags, tagValue } from "#lib/tags.ts";
import type { TransactionFilter } from "./queries/filter.ts";
import { spentByOrganization } from "./spending.ts";

/** What the organizations spent that have the same values of one key, e.g. "arts + science" of `faculty`. */
export type TagShare = {
  /** Their tags of this key, in order. */
  tags: string[];
  label: string;
  spent: bigint;
};

/** The tags of one key are all between these two: `;` is the character after `:`. */
const bounds = (key: string) => ({ first: `${key}:`, end: `${key};` });

/** Whether any organization in the scope has a tag of this key. */
export function hasTagKey(scope: Scope, key: string): boolean {
  const { first, end } = bounds(key);
  const conditions = [sql`tag >= ${first} AND tag < ${end}`, ...scopeConditions(scope, sql`organization_id`)];
  const row = statement<{ one: bigint }>(
    sql`SELECT 1 AS one FROM organization_tags INDEXED BY organization_tags_tag
      WHERE ${sql.join(conditions, sql` AND `)} LIMIT 1`,
  ).get();
  return row !== undefined;
}

/** The keys of tags that the scope's organizations have, in order. */
export function tagKeys(scope: Scope, limit: number): string[] {
  if (!isWhole(scope) && isFew(scope)) {
    return statement<{ key: string }>(
      sql`SELECT DISTINCT substr(t.tag, 1, instr(t.tag, ':') - 1) AS key FROM ${organizationsIn(scope)} s
        CROSS JOIN organization_tags t ON t.organization_id = s.value ORDER BY 1 LIMIT ${limit}`,
    )
      .all()
      .map(({ key }) => key);
  }
  // It jumps through the index once for each key.
  const keys: string[] = [];
  let from = "";
  while (keys.length < limit) {
    const tag = statement<{ tag: string | null }>(
      sql`SELECT min(tag) AS tag FROM organization_tags INDEXED BY organization_tags_tag WHERE tag >= ${from}`,
    ).get()?.tag;
    if (!tag) break;
    const key = tag.slice(0, tag.indexOf(":"));
    if (isWhole(scope) || hasTagKey(scope, key)) keys.push(key);
    from = bounds(key).end;
  }
  return sortedTags(keys);
}

/**
 * Spending by the values of one key, the most first. An organization with several values of the key counts in one
 * combined part, so that no spending counts twice. What organizations without the key spent is in no part: it is what
 * the parts lack to the total.
 */
export function spendingByTagKey(filter: TransactionFilter, key: string): TagShare[] {
  if (filter.nothing) return [];
  const { first, end } = bounds(key);
  const rows = statement(
    sql`SELECT organization_id, tag FROM organization_tags INDEXED BY organization_tags_tag
      WHERE ${sql.join([sql`tag >= ${first} AND tag < ${end}`, ...scopeConditions(filter.scope, sql`organization_id`)], sql` AND `)}
      ORDER BY tag`,
  ).lists<[bigint, string]>();
  // Every organization's tags as one text, which is what its part is found by.
  const tagsOf = new Map<number, string>();
  for (const [organizationId, tag] of rows) {
    const id = Number(organizationId);
    const before = tagsOf.get(id);
    tagsOf.set(id, before === undefined ? tag : `${before} ${tag}`);
  }
  const spentBy = spentByOrganization(filter);
  const parts = new Map<string, bigint>();
  for (const [id, tags] of tagsOf) {
    const spent = spentBy(id);
    if (spent !== 0n) parts.set(tags, (parts.get(tags) ?? 0n) + spent);
  }
  return [...parts]
    .map(([text, spent]) => {
      const tags = text.split(" ");
      return { tags, label: tags.map(tagValue).join(" + "), spent };
    })
    .sort((a, b) => (a.spent < b.spent ? 1 : a.spent > b.spent ? -1 : 0));
}

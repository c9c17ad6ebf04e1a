import { eq, type SQL, sql } from "drizzle-orm";
import type { Reader } from "#db/client.ts";
import { organizations, organizationTags } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import type { Filter } from "#lib/lists/numbered-pages.ts";
import { isWhole, organizationsIn, type Scope } from "#lib/scope/scope.ts";
import { sortedTags } from "#lib/tags.ts";

/**
 * The tags of a selected row of `organizations` as one text, which {@link tagsOfText} reads. It comes in the statement
 * that reads the row: an organization has at most 20 tags, which the primary key finds.
 */
export const tagsColumn = sql<
  string | null
>`(SELECT group_concat(tag, ' ') FROM organization_tags WHERE organization_id = ${organizations.id})`;

/** The tags in a {@link tagsColumn}, in order. */
export function tagsOfText(text: string | null): string[] {
  return text === null ? [] : sortedTags(text.split(" "));
}

/** The tags of one organization, in order. */
export function tagsOf(reader: Reader, organizationId: number): string[] {
  const rows = reader
    .select({ tag: organizationTags.tag })
    .from(organizationTags)
    .where(eq(organizationTags.organizationId, organizationId))
    .all();
  return sortedTags(rows.map(({ tag }) => tag));
}

/** A filter of the organizations' list for each tag: a row must have it. */
export function tagFilters(tags: readonly string[]): Filter[] {
  return tags.map((tag) => ({
    condition: sql`EXISTS (SELECT 1 FROM organization_tags t WHERE t.organization_id = organizations.id AND t.tag = ${tag})`,
    ids: organizationIdsOfTag(tag),
  }));
}

/** A query of the ids of the organizations that have a tag, in the order of ids. */
function organizationIdsOfTag(tag: string): SQL {
  return sql`SELECT organization_id FROM organization_tags INDEXED BY organization_tags_tag WHERE tag = ${tag}`;
}

export type TagCount = { tag: string; organizations: number };

/** The tags that begin with `prefix`, with the number of organizations that have each, in the order of tags, after `after`. */
export function listTags({
  prefix = "",
  after = "",
  limit,
}: {
  prefix?: string;
  after?: string;
  limit: number;
}): TagCount[] {
  return statement<{ tag: string; organizations: bigint }>(
    sql`SELECT tag, count(*) AS organizations FROM organization_tags INDEXED BY organization_tags_tag
      WHERE tag > ${after} AND tag >= ${prefix} AND tag < ${`${prefix}\u{10FFFF}`} GROUP BY tag ORDER BY tag LIMIT ${limit}`,
  )
    .all()
    .map((row) => ({ tag: row.tag, organizations: Number(row.organizations) }));
}

/** How many organizations have a tag. */
export function countOrganizationsOfTag(reader: Reader, tag: string): number {
  const row = reader
    .select({ count: sql<bigint>`count(*)` })
    .from(organizationTags)
    .where(eq(organizationTags.tag, tag))
    .get();
  return Number(row?.count ?? 0n);
}

/** Of these organizations, those that a change of tags would change: they lack one of the tags to add, or have one to remove. */
export function idsChangedByTags(
  ids: readonly number[],
  { to, tags }: { to: "add" | "remove"; tags: readonly string[] },
): number[] {
  const rows = statement(
    sql`SELECT organization_id, count(*) FROM organization_tags INDEXED BY organization_tags_tag
      WHERE tag IN (SELECT value FROM json_each(${JSON.stringify(tags)})) GROUP BY organization_id`,
  ).lists<[bigint, bigint]>();
  const counts = new Map(rows.map(([id, count]) => [Number(id), Number(count)]));
  return ids.filter((id) => (to === "add" ? (counts.get(id) ?? 0) < tags.length : counts.has(id)));
}

/** Whether an organization in the scope has a tag. Each page of the list reads it, so it ends at the first tag. */
export function hasTags(scope: Scope): boolean {
  const tagged = isWhole(scope)
    ? sql`organization_tags`
    : sql`${organizationsIn(scope)} CROSS JOIN organization_tags ON organization_id = value`;
  return statement(sql`SELECT 1 FROM ${tagged} LIMIT 1`).numbers().length > 0;
}

/** Tags in the scope that begin with a text, each once, in order. */
export function suggestTags(scope: Scope, prefix: string, limit: number): string[] {
  const end = `${prefix}\u{10FFFF}`;
  if (!isWhole(scope)) {
    return statement<{ tag: string }>(
      sql`SELECT DISTINCT tag FROM ${organizationsIn(scope)} CROSS JOIN organization_tags ON organization_id = value
        WHERE tag >= ${prefix} AND tag < ${end} ORDER BY tag LIMIT ${limit}`,
    )
      .all()
      .map(({ tag }) => tag);
  }
  // Jumps through the index, once for each tag, however many organizations have it.
  const tags: string[] = [];
  while (tags.length < limit) {
    const last = tags.at(-1);
    const after = last === undefined ? sql`tag >= ${prefix}` : sql`tag > ${last}`;
    const tag = statement<{ tag: string | null }>(
      sql`SELECT min(tag) AS tag FROM organization_tags INDEXED BY organization_tags_tag WHERE ${after} AND tag < ${end}`,
    ).get()?.tag;
    if (!tag) break;
    tags.push(tag);
  }
  return tags;
}

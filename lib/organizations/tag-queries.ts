import { eq, type SQL, sql } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import { organizations, organizationTags } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import type { Filter } from "#lib/lists/numbered-pages.ts";
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
  const rows = statement<{ id: bigint; tags: bigint }>(
    sql`SELECT organization_id AS id, count(*) AS tags FROM organization_tags INDEXED BY organization_tags_tag
      WHERE tag IN (SELECT value FROM json_each(${JSON.stringify(tags)})) GROUP BY organization_id`,
  ).all();
  const counts = new Map(rows.map((row) => [Number(row.id), Number(row.tags)]));
  return ids.filter((id) => (to === "add" ? (counts.get(id) ?? 0) < tags.length : counts.has(id)));
}

/** Tags that begin with a text, each once, in order. A jump through the index per tag, whatever its number of organizations. */
export function suggestTags(prefix: string, limit: number): string[] {
  const tags: string[] = [];
  const end = `${prefix}\u{10FFFF}`;
  let next = database()
    .select({ tag: sql<string | null>`min(${organizationTags.tag})` })
    .from(organizationTags)
    .where(sql`${organizationTags.tag} >= ${prefix} AND ${organizationTags.tag} < ${end}`)
    .get()?.tag;
  while (next && tags.length < limit) {
    tags.push(next);
    next = database()
      .select({ tag: sql<string | null>`min(${organizationTags.tag})` })
      .from(organizationTags)
      .where(sql`${organizationTags.tag} > ${next} AND ${organizationTags.tag} < ${end}`)
      .get()?.tag;
  }
  return tags;
}

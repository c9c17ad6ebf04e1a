import { sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { isFew, isWhole, organizationsIn, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { sortedTags, tagValue } from "#lib/tags.ts";
import type { TransactionFilter } from "../queries/filter.ts";
import type { DaySum, Part, Parts } from "../rules/grouping.ts";
import type { Granularity } from "../rules/periods.ts";
import {
  type PartDay,
  partDays,
  prepareTopOrganizations,
  spendingByDay,
  spentByOrganization,
} from "../spending.ts";
import { hasOwnEntries } from "../spent-entries.ts";
import { daysInPieces, daysNow } from "./days-in-pieces.ts";
import { organizationDays } from "./organization-days.ts";

/** The days of how many organizations are read. Of more, only the totals are. */
const FEW_TAGGED = 2_000;

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

/** Each organization of the scope with a tag of this key, with its tags of the key as one text. */
function tagsByOrganization(scope: Scope, key: string): Map<number, string> {
  const { first, end } = bounds(key);
  const conditions = [sql`tag >= ${first} AND tag < ${end}`, ...scopeConditions(scope, sql`organization_id`)];
  const rows = statement(
    sql`SELECT organization_id, tag FROM organization_tags INDEXED BY organization_tags_tag
      WHERE ${sql.join(conditions, sql` AND `)} ORDER BY tag`,
  ).lists<[bigint, string]>();
  const tags = new Map<number, string>();
  for (const [organizationId, tag] of rows) {
    const id = Number(organizationId);
    const before = tags.get(id);
    tags.set(id, before === undefined ? tag : `${before} ${tag}`);
  }
  return tags;
}

/** What organizations spent in each length of time, or in all where they are many. */
type TaggedDays = { days: readonly PartDay[]; isTotal: boolean };

/** Reads what the organizations with a tag of the key spent. @returns what gives it for those that have one now */
async function prepareTaggedDays(
  filter: TransactionFilter,
  key: string,
  granularity: Granularity,
): Promise<(ids: readonly number[]) => TaggedDays> {
  if (filter.organization || hasOwnEntries(filter)) {
    return () => ({ days: partDays(filter, "organization_id", granularity), isTotal: false });
  }
  await prepareTopOrganizations(filter);
  const tagged = [...tagsByOrganization(filter.scope, key).keys()];
  const few = tagged.length <= FEW_TAGGED ? tagged : [];
  const read = await daysInPieces(few, organizationDays(filter, granularity));
  return (ids) => {
    if (ids.length <= FEW_TAGGED) return { days: daysNow(read, ids), isTotal: false };
    const spentBy = spentByOrganization(filter);
    return { days: ids.map((id) => ({ key: id, day: 0, spent: spentBy(id) })), isTotal: true };
  };
}

/**
 * Spending by the values of one key of tags. An organization with several values of the key counts in one combined part,
 * "arts + science", so that no spending counts twice. What organizations without the key spent is in no part.
 *
 * @returns what is to be called in the snapshot of a page
 */
export async function tagParts(
  filter: TransactionFilter,
  key: string,
  granularity: Granularity,
): Promise<() => Parts> {
  const taggedDays = await prepareTaggedDays(filter, key, granularity);
  return () => {
    const tagsOf = tagsByOrganization(filter.scope, key);
    return partsByTags(filter, tagsOf, taggedDays([...tagsOf.keys()]));
  };
}

function partsByTags(
  filter: TransactionFilter,
  tagsOf: ReadonlyMap<number, string>,
  { days, isTotal }: TaggedDays,
): Parts {
  const parts = new Map<string, Part & { days: DaySum[] }>();
  const none = spendingByDay(filter);
  for (const { key: id, day, spent } of days) {
    const text = tagsOf.get(id);
    if (text === undefined || spent === 0n) continue;
    const tags = text.split(" ");
    const part = parts.get(text) ?? {
      key: text,
      label: tags.map(tagValue).join(" + "),
      detail: null,
      tags,
      days: [],
    };
    part.days.push({ day, spent });
    parts.set(text, part);
    // What is in a part is taken off what is in none.
    none.push({ day, spent: -spent });
  }
  return { parts: [...parts.values()], none, count: parts.size, isTotal };
}

/** What the organizations spent that have the same values of one key, e.g. "arts + science" of `faculty`. */
export type TagShare = {
  /** Their tags of this key, in order. */
  tags: string[];
  label: string;
  spent: bigint;
};

/** The parts of {@link tagParts} without their days, the most first. */
export function spendingByTagKey(filter: TransactionFilter, key: string): TagShare[] {
  if (filter.nothing) return [];
  const spentBy = spentByOrganization(filter);
  const shares = new Map<string, bigint>();
  for (const [id, text] of tagsByOrganization(filter.scope, key)) {
    const spent = spentBy(id);
    if (spent !== 0n) shares.set(text, (shares.get(text) ?? 0n) + spent);
  }
  return [...shares]
    .map(([text, spent]) => {
      const tags = text.split(" ");
      return { tags, label: tags.map(tagValue).join(" + "), spent };
    })
    .sort((a, b) => (a.spent < b.spent ? 1 : a.spent > b.spent ? -1 : 0));
}

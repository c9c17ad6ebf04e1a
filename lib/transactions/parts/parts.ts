import { type SQL, sql } from "drizzle-orm";
import { ENTRY_API_KEY, ENTRY_MODEL } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { isWhole, reads, type Scope } from "#lib/scope/scope.ts";
import type { TransactionFilter } from "../queries/filter.ts";
import {
  type DaySum,
  type Grouping,
  type Part,
  type Parts,
  type TooMany,
  tagKeyOf,
} from "../rules/grouping.ts";
import type { Granularity } from "../rules/periods.ts";
import { type ModelValue, modelLabel, modelPartKey } from "../search-params.ts";
import { daysByPart, partDays, readPartDays, spendingByDay, unitColumn } from "../spending.ts";
import { hasOwnEntries, MAX_KEY_DAYS } from "../spent-entries.ts";
import { entrySums, entrySumsNow } from "./entry-parts.ts";
import { memberParts } from "./member-parts.ts";
import { organizationParts } from "./organization-parts.ts";
import { tagParts } from "./tag-parts.ts";

// The parts of what was spent, which the table of the tab "Spending" shows. Of organizations and members only the largest are
// read by time. What the others spent is what these lack to the counters by day.

/** How the parts are read: by what, in which lengths of time, and how many at least. */
export type Split = { by: Grouping; granularity: Granularity; limit: number };

/** Reads the parts, in the snapshot of a page; null where they must be prepared again. */
export type ReadParts = () => Parts | TooMany | null;

const NOTHING: Parts = { parts: [], none: [], count: 0, isTotal: false };

/** Reads what a split needs without holding up the event loop, before the snapshot of a page. */
export async function prepareParts(filter: TransactionFilter, split: Split): Promise<ReadParts> {
  if (filter.nothing) return () => NOTHING;
  const key = tagKeyOf(split.by);
  if (key !== null) {
    return tagParts(filter, key, split.granularity);
  }
  switch (split.by) {
    case "member":
      return memberParts(filter, split);
    case "key":
      if (hasKeyDays(filter)) return () => keyParts(filter, split);
      return entryParts(filter, split, ENTRY_API_KEY, (keys: bigint[]) => keyNames(filter.scope, keys));
    case "model":
      return entryParts(filter, split, ENTRY_MODEL, (models: ModelValue[]) =>
        models.map((model) => ({
          of: model,
          key: modelPartKey(model),
          label: modelLabel(model),
          // The list filters by texts alone, so that this row has no link.
          detail: typeof model === "string" ? null : "not a text",
        })),
      );
    case "application":
      return () => applicationParts(filter, split);
    case "type":
      return () => creditTypeParts(filter, split);
    default:
      return organizationParts(filter, split);
  }
}

/** Whether the counters have what each key reported: of the whole enterprise alone, whose keys report for all of it. */
function hasKeyDays(filter: TransactionFilter): boolean {
  return (
    isWhole(filter.scope) && !filter.organization && filter.applicationIds === null && !hasOwnEntries(filter)
  );
}

function keyParts(filter: TransactionFilter, { granularity }: Split): Parts | TooMany {
  const { range, creditTypeId } = filter;
  const conditions = [
    sql`d.api_key_id = k.id`,
    ...(range.from === null ? [] : [sql`d.day >= ${range.from}`]),
    ...(range.to === null ? [] : [sql`d.day <= ${range.to}`]),
    ...(creditTypeId === null ? [] : [sql`d.credit_type_id = ${creditTypeId}`]),
  ];
  const days = sql`api_keys k CROSS JOIN api_key_days d ON ${sql.join(conditions, sql` AND `)}`;
  const [count = 0] = statement(
    sql`SELECT count(*) FROM (SELECT 1 FROM ${days} LIMIT ${MAX_KEY_DAYS + 1})`,
  ).numbers();
  if (count > MAX_KEY_DAYS) return "entries";
  const none = spendingByDay(filter);
  const sums = daysByPart(
    readPartDays(sql`SELECT k.id, ${unitColumn(granularity)}, sum(d.spent) FROM ${days} GROUP BY 1, 2`),
  );
  const parts = keyNames(filter.scope, [...sums.keys()].map(BigInt)).map(({ of, ...name }) => ({
    ...name,
    tags: [],
    days: sums.get(Number(of)) ?? [],
  }));
  // What no key reported is what the keys lack.
  for (const { days } of parts) none.push(...days.map(({ day, spent }) => ({ day, spent: -spent })));
  return { parts, none, count: parts.length, isTotal: false };
}

type Name = Pick<Part, "label" | "detail"> & { key: string };

async function entryParts<Key extends ModelValue>(
  filter: TransactionFilter,
  { granularity }: Split,
  column: SQL,
  nameOf: (keys: Key[]) => (Name & { of?: Key })[],
): Promise<ReadParts> {
  const sums = await entrySums<Key>(filter, column, granularity);
  if (typeof sums === "string") return () => sums;
  return () => {
    const now = entrySumsNow(sums);
    const keys = [...now.keys()].filter((key) => key !== null);
    const days = new Map<string, DaySum[]>();
    const names = new Map<string, Name>();
    nameOf(keys).forEach(({ of, ...name }, index) => {
      const key = of ?? keys[index];
      if (key === undefined) return;
      names.set(name.key, name);
      days.set(name.key, [...(days.get(name.key) ?? []), ...(now.get(key) ?? [])]);
    });
    const parts = [...names.values()].map((name) => ({ ...name, tags: [], days: days.get(name.key) ?? [] }));
    return { parts, none: [...(now.get(null) ?? [])], count: parts.length, isTotal: false };
  };
}

/** The names of keys. A key of the whole enterprise has no name in a part of it. */
function keyNames(scope: Scope, keys: readonly bigint[]): (Name & { of: bigint })[] {
  const rows = statement(
    sql`SELECT id, name, prefix, organization_id FROM api_keys
      WHERE id IN (SELECT value FROM json_each(${JSON.stringify(keys.map(Number))}))`,
  ).lists<[bigint, string, string, bigint | null]>();
  return rows.map(([of, label, prefix, organization]) =>
    isWhole(scope) || (organization !== null && reads(scope, Number(organization)))
      ? { of, key: String(of), label, detail: `${prefix}…` }
      : { of, key: "", label: "Keys of the whole enterprise", detail: null },
  );
}

/** What was spent in merged applications counts for the one that they were merged into. */
function applicationParts(filter: TransactionFilter, { granularity }: Split): Parts {
  const days = daysByPart(partDays(filter, "application_id", granularity));
  const rows = statement(
    sql`SELECT r.id, a.id, a.name FROM applications r JOIN applications a ON a.id = coalesce(r.merged_into_id, r.id)
      WHERE r.id IN (SELECT value FROM json_each(${JSON.stringify([...days.keys()])}))`,
  ).lists<[bigint, bigint, string]>();
  const parts = new Map<bigint, Part & { days: DaySum[] }>();
  for (const [recorded, id, label] of rows) {
    const part = parts.get(id) ?? { key: String(id), label, detail: null, tags: [], days: [] };
    part.days.push(...(days.get(Number(recorded)) ?? []));
    parts.set(id, part);
  }
  return { parts: [...parts.values()], none: [], count: parts.size, isTotal: false };
}

function creditTypeParts(filter: TransactionFilter, { granularity }: Split): Parts {
  const days = daysByPart(partDays(filter, "credit_type_id", granularity));
  const rows = statement(
    sql`SELECT id, name, currency FROM credit_types
      WHERE id IN (SELECT value FROM json_each(${JSON.stringify([...days.keys()])}))`,
  ).lists<[bigint, string, string]>();
  const parts = rows.map(([id, label, detail]) => ({
    key: String(id),
    label,
    detail,
    tags: [],
    days: days.get(Number(id)) ?? [],
  }));
  return { parts, none: [], count: parts.length, isTotal: false };
}

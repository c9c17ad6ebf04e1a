import { readTagKey } from "#lib/tags.ts";
import { type Bucket, bucketStart, type Granularity } from "./periods.ts";

/** What spending can be split by, beside a key of the organizations' tags. */
export const GROUPINGS = ["organization", "member", "application", "type", "key", "model"] as const;
/** One of {@link GROUPINGS}, or a key of tags such as `tag:faculty`. */
export type Grouping = (typeof GROUPINGS)[number] | `tag:${string}`;

const GROUPING_LABELS: Record<(typeof GROUPINGS)[number], string> = {
  organization: "Organization",
  member: "Member",
  application: "Application",
  type: "Credit type",
  key: "API key",
  model: "Model",
};

const TAG = "tag:";

/** The key of the tags that a grouping splits by; null for another grouping. */
export function tagKeyOf(grouping: Grouping): string | null {
  return grouping.startsWith(TAG) ? grouping.slice(TAG.length) : null;
}

/** Reads a grouping of the URL; undefined for any other text. */
export function readGrouping(text: string): Grouping | undefined {
  if (!text.startsWith(TAG)) return GROUPINGS.find((grouping) => grouping === text);
  const key = readTagKey(text.slice(TAG.length));
  return key.ok ? `${TAG}${key.value}` : undefined;
}

/** "Member", or "Tag faculty". */
export function groupingLabel(grouping: Grouping): string {
  const key = tagKeyOf(grouping);
  return key === null ? GROUPING_LABELS[grouping as (typeof GROUPINGS)[number]] : `Tag ${key}`;
}

/** How many rows a table of spending has, by the URL. */
export const ROW_CHOICES = ["20", "100", "500"] as const;

/** What a part spent on a day, or in any other length of time that begins with that day; in micro-credits. */
export type DaySum = { day: number; spent: bigint };

/** A part of what was spent, such as a member. */
export type Part = {
  /** The id that a filter has, or another text that no other part has. */
  key: string;
  label: string;
  /** E.g. an email. */
  detail: string | null;
  /** The tags of a part by a key of tags; the organizations have these and no others of the key. */
  tags: readonly string[];
  days: readonly DaySum[];
};

/** The parts of what was spent. */
export type Parts = {
  /** The largest, at least those that have a row. */
  parts: Part[];
  /** What is in no part, such as spending without a model. */
  none: DaySum[];
  /** How many parts there are; null where that is not known. */
  count: number | null;
  /** Whether only the total of each part was read, because its days are too many. */
  isTotal: boolean;
};

/** What a split would have to read too many of. Then it is not made. */
export type TooMany = "entries" | "spent entries" | "members";

/** Amounts in micro-credits: one for each bucket, and the sum of all days. */
export type Sums = { cells: bigint[]; total: bigint };

/** Spending by part and by time. Its rows add up to `totals`, and so do its columns. */
export type SpendTable = {
  rows: (Omit<Part, "days"> & Sums)[];
  /** The parts that have no row of their own; `count` is null where it is not known. Null without any spending. */
  others: (Sums & { count: number | null }) | null;
  /** What is in no part, such as spending of organizations without a tag of the key. Null without any spending. */
  none: Sums | null;
  totals: Sums;
};

/** Adds days up by bucket, and all of them. The bucket of a day is computed once, because 10,000 rows have the same days. */
function summing(buckets: readonly Bucket[], granularity: Granularity): (days: Iterable<DaySum>) => Sums {
  const indexes = new Map(buckets.map(({ from }, index) => [bucketStart(from, granularity), index]));
  const byDay = new Map<number, number>();
  /** -1 where the day is in no bucket. */
  const indexOf = (day: number) => {
    const index = byDay.get(day) ?? indexes.get(bucketStart(day, granularity)) ?? -1;
    byDay.set(day, index);
    return index;
  };
  return (days) => {
    const cells = buckets.map(() => 0n);
    let total = 0n;
    for (const { day, spent } of days) {
      total += spent;
      const index = indexOf(day);
      if (index >= 0) cells[index] = (cells[index] ?? 0n) + spent;
    }
    return { cells, total };
  };
}

/** One less the other, in each cell. */
function less(one: Sums, other: Sums): Sums {
  return {
    cells: one.cells.map((cell, index) => cell - (other.cells[index] ?? 0n)),
    total: one.total - other.total,
  };
}

/**
 * Makes a table of the largest parts.
 *
 * @param days all that was spent, by day
 * @param buckets the columns, which have all of the days; none for a table of totals
 */
export function spendTable(
  { parts, none, count }: Parts,
  days: Iterable<DaySum>,
  {
    buckets,
    granularity,
    rows: mostRows,
  }: { buckets: readonly Bucket[]; granularity: Granularity; rows: number },
): SpendTable {
  const sumsOf = summing(buckets, granularity);
  const totals = sumsOf(days);
  const sumsOfNone = sumsOf(none);
  const all = parts
    .map(({ days, ...part }) => ({ ...part, ...sumsOf(days) }))
    .filter(({ total }) => total !== 0n)
    .sort((a, b) => (a.total < b.total ? 1 : a.total > b.total ? -1 : 0));
  const rows = all.slice(0, mostRows);
  const rest = rows.reduce<Sums>(less, less(totals, sumsOfNone));
  const isSpent = ({ cells, total }: Sums) => total !== 0n || cells.some((cell) => cell !== 0n);
  return {
    rows,
    others: isSpent(rest) ? { ...rest, count: count === null ? null : count - rows.length } : null,
    none: isSpent(sumsOfNone) ? sumsOfNone : null,
    totals,
  };
}

import { setImmediate as nextTurn } from "node:timers/promises";
import { type SQL, sql } from "drizzle-orm";
import { contentGeneration } from "#db/generation.ts";
import { ENTRY_MODEL } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { isFew, isWhole } from "#lib/scope/scope.ts";
import { latestEntryId } from "../queries/entries.ts";
import type { TransactionFilter } from "../queries/filter.ts";
import { indexFor, KEY_INDEX } from "../queries/list.ts";
import type { DaySum, TooMany } from "../rules/grouping.ts";
import type { Granularity } from "../rules/periods.ts";
import { instantBounds } from "../rules.ts";
import { unitColumn } from "../spending.ts";
import { SPENT, spentConditions, spentWalk, where } from "../spent-entries.ts";

// No counter has the API key or the model of what was spent, nor the member's days. So entries are added up, of a bounded
// number, in pieces between which other requests are served.

/** How many entries a split reads at most. */
const MAX_ENTRIES = 100_000;
/** How many entries are read at once: some 20 ms. */
const ENTRIES_A_PIECE = 10_000;

/** An index with the condition on its first column: it has the entries in the order of their instants. */
type Walk = { index: string; conditions: SQL[] };

/** The walks that have a filter's entries. */
function walksOf(filter: TransactionFilter): Walk[] {
  const { organization, scope, applicationIds } = filter;
  const by = (index: string, ...conditions: SQL[]): Walk => ({ index, conditions });
  const organizationWalk = (id: number) => by("ledger_entries_organization", sql`organization_id = ${id}`);
  if (filter.externalId !== null) {
    return [by("ledger_entries_external_id", sql`external_id = ${filter.externalId}`)];
  }
  if (filter.member) return filter.membershipIds.map(membershipWalk);
  if (filter.key?.isNarrow) return [by(KEY_INDEX, sql`api_key_id = ${filter.key.id}`)];
  if (!organization && !isWhole(scope)) {
    return isFew(scope)
      ? [...(scope.organizationIds ?? [])].map(organizationWalk)
      : [by("ledger_entries_occurred")];
  }
  const index = indexFor({ ...filter, kind: "all" }, null);
  switch (index) {
    case "ledger_entries_model":
      return [by(index, sql`${ENTRY_MODEL} = ${filter.model}`)];
    case "ledger_entries_application":
      return (applicationIds ?? []).map((id) => by(index, sql`application_id = ${id}`));
    case "ledger_entries_credit_type":
      return [by(index, sql`credit_type_id = ${filter.creditTypeId}`)];
    default:
      return [organization ? organizationWalk(organization.id) : by("ledger_entries_occurred")];
  }
}

const membershipWalk = (id: number): Walk => ({
  index: "ledger_entries_membership",
  conditions: [sql`membership_id = ${id}`],
});

type Place = { at: bigint; id: bigint };

/** Before every entry. */
const START: Place = { at: -(2n ** 62n), id: 0n };

/** What was spent by part and length of time, up to one entry of the ledger. */
export type EntrySums<Key> = {
  generation: number;
  upToId: number;
  filter: TransactionFilter;
  column: SQL;
  unit: SQL;
  sums: Map<Key | null, DaySum[]>;
};

function add<Key>(sums: EntrySums<Key>["sums"], part: Key | null, day: bigint, spent: bigint): void {
  const days = sums.get(part);
  const sum = { day: Number(day), spent };
  if (days) days.push(sum);
  else sums.set(part, [sum]);
}

/**
 * Reads what a filter spent by the values of a column of the entries.
 *
 * @param ofMemberships the memberships whose entries are read alone
 * @returns "entries" where it would read more than {@link MAX_ENTRIES}
 */
export async function entrySums<Key extends bigint | string>(
  filter: TransactionFilter,
  column: SQL,
  granularity: Granularity,
  ofMemberships: readonly number[] | null = null,
): Promise<EntrySums<Key> | TooMany> {
  const sums: EntrySums<Key> = {
    generation: contentGeneration(),
    upToId: latestEntryId(),
    filter: ofMemberships ? { ...filter, membershipIds: [...ofMemberships] } : filter,
    column,
    unit: unitColumn(granularity),
    sums: new Map(),
  };
  if (filter.nothing) return sums;
  const walks = ofMemberships ? ofMemberships.map(membershipWalk) : walksOf(filter);
  // The entries are counted in their index first, which costs a tenth of reading them.
  if (countEntries(sums, walks) > MAX_ENTRIES) return "entries";
  await nextTurn();
  let entries = 0;
  for (const walk of walks) {
    for (const rows of piecesOf(sums, walk)) {
      entries += rows;
      if (entries < ENTRIES_A_PIECE) continue;
      entries = 0;
      await nextTurn();
    }
  }
  return sums;
}

/** The conditions on the entries of a walk in the filter's range, which the index has. */
function walkConditions({ filter, upToId }: EntrySums<unknown>, { conditions }: Walk): SQL[] {
  const { first, last } = instantBounds(filter.range);
  return [
    ...conditions,
    sql`id <= ${upToId}`,
    ...(first === null ? [] : [sql`occurred_at >= ${first}`]),
    ...(last === null ? [] : [sql`occurred_at <= ${last}`]),
  ];
}

/** How many entries the walks have, those that do not match included; up to one more than {@link MAX_ENTRIES}. */
function countEntries(sums: EntrySums<unknown>, walks: readonly Walk[]): number {
  let count = 0;
  for (const walk of walks) {
    const [entries = 0] = statement(
      sql`SELECT count(*) FROM (SELECT 1 FROM ledger_entries INDEXED BY ${sql.identifier(walk.index)}
        ${where(walkConditions(sums, walk))} LIMIT ${MAX_ENTRIES + 1 - count})`,
    ).numbers();
    count += entries;
    if (count > MAX_ENTRIES) break;
  }
  return count;
}

/** Adds up the entries of a walk, a piece at a time. It yields how many entries each piece has, those that do not match included. */
function* piecesOf<Key>(of: EntrySums<Key>, walk: Walk): Generator<number> {
  const { filter, column, unit, sums } = of;
  const inWalk = walkConditions(of, walk);
  const { conditions, spent } =
    walk.index === KEY_INDEX
      ? spentWalk(filter, of.upToId)
      : { conditions: spentConditions(filter), spent: SPENT };
  const matches = sql.join(conditions, sql` AND `);
  const indexed = sql`ledger_entries INDEXED BY ${sql.identifier(walk.index)}`;
  let place: Place = START;
  for (;;) {
    const after = [...inWalk, sql`(occurred_at, id) > (${place.at}, ${place.id})`];
    const end = statement<Place>(
      sql`SELECT occurred_at AS at, id FROM ${indexed} ${where(after)}
        ORDER BY occurred_at, id LIMIT 1 OFFSET ${ENTRIES_A_PIECE - 1}`,
    ).get();
    const inPiece = end ? [...after, sql`(occurred_at, id) <= (${end.at}, ${end.id})`] : after;
    const rows = statement(
      sql`SELECT ${column}, ${unit}, sum(CASE WHEN ${matches} THEN ${spent} END), count(*) FROM ${indexed}
        ${where(inPiece)} GROUP BY 1, 2`,
    ).lists<[Key | null, bigint, bigint | null, bigint]>();
    let entries = 0;
    for (const [part, day, spent, count] of rows) {
      entries += Number(count);
      if (spent !== null) add(sums, part, day, spent);
    }
    yield entries;
    if (!end) return;
    place = end;
  }
}

/**
 * The sums as of now, to be called in the snapshot of a page: with what was recorded since they were read.
 *
 * @returns null where a restore has put another ledger in place
 */
export function entrySumsNow<Key extends bigint | string>(
  { generation, upToId, filter, column, unit, sums }: EntrySums<Key>,
  isOfMemberships = false,
): ReadonlyMap<Key | null, readonly DaySum[]> | null {
  if (generation !== contentGeneration()) return null;
  if (filter.nothing || latestEntryId() === upToId) return sums;
  const conditions = [
    ...spentConditions(filter),
    sql`id > ${upToId}`,
    ...(isOfMemberships
      ? [sql`membership_id IN (SELECT value FROM json_each(${JSON.stringify(filter.membershipIds)}))`]
      : []),
  ];
  const rows = statement(
    sql`SELECT ${column}, ${unit}, sum(${SPENT}) FROM ledger_entries NOT INDEXED ${where(conditions)} GROUP BY 1, 2`,
  ).lists<[Key | null, bigint, bigint]>();
  const all = new Map(sums);
  for (const [part, day, spent] of rows) {
    all.set(part, [...(all.get(part) ?? []), { day: Number(day), spent }]);
  }
  return all;
}

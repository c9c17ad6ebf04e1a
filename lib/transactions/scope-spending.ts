import { setImmediate as nextTurn } from "node:timers/promises";
import { type SQL, sql } from "drizzle-orm";
import { contentGeneration } from "#db/generation.ts";
import { statement } from "#db/statement.ts";
import { isApplication } from "#lib/applications/queries.ts";
import { latestEntryId } from "./queries/entries.ts";
import type { TransactionFilter } from "./queries/filter.ts";
import { isOfScope, SPENT_ENTRY, type SpentEntry, spentConditions, widenedRange } from "./spent-entries.ts";

// No counter has the sums of some organizations, whose days are added up: those of many in pieces, between which other
// requests are served.

/** The days of how many organizations are read at once: some 30 ms. */
const ORGANIZATIONS_A_PIECE = 1_000;

/** A sum without an organization. */
const NONE = 0n;

/** What the organizations of a scope spent, added up by day, application and credit type. */
export type ScopeSpending = {
  generation: number;
  sums: Map<string, SpentEntry>;
  /** The newest entry that is included, by organization. */
  upToIds: Map<number, number>;
};

function add(sums: Map<string, SpentEntry>, entry: Omit<SpentEntry, "organization_id">): void {
  const { day, application_id, credit_type_id, spent } = entry;
  const key = `${day} ${application_id} ${credit_type_id}`;
  const sum = sums.get(key);
  if (sum) sum.spent += spent;
  else sums.set(key, { day, application_id, credit_type_id, organization_id: NONE, spent });
}

/** The days of some organizations. */
function daysStatement(
  { range, applicationIds, creditTypeId }: TransactionFilter,
  organizationIds: readonly number[],
): SQL {
  const conditions = [sql`1`];
  if (range.from !== null) conditions.push(sql`day >= ${range.from}`);
  if (range.to !== null) conditions.push(sql`day <= ${range.to}`);
  if (applicationIds !== null) conditions.push(isApplication(applicationIds));
  if (creditTypeId !== null) conditions.push(sql`o.credit_type_id = ${creditTypeId}`);
  return sql`SELECT day, application_id, o.credit_type_id, sum(d.spent)
    FROM json_each(${JSON.stringify(organizationIds)}) s CROSS JOIN organizations o ON o.id = s.value
    CROSS JOIN organization_days d ON d.organization_id = o.id
    WHERE ${sql.join(conditions, sql` AND `)} GROUP BY 1, 2, 3`;
}

function* pieces(filter: TransactionFilter, spending: ScopeSpending): Generator<undefined> {
  const ids = [...(filter.scope.organizationIds ?? [])];
  for (let start = 0; start < ids.length; start += ORGANIZATIONS_A_PIECE) {
    if (start > 0) yield;
    const piece = ids.slice(start, start + ORGANIZATIONS_A_PIECE);
    const upToId = latestEntryId();
    for (const id of piece) spending.upToIds.set(id, upToId);
    const rows = statement(daysStatement(filter, piece)).lists<[bigint, bigint, bigint, bigint]>();
    for (const [day, application_id, credit_type_id, spent] of rows) {
      add(spending.sums, { day, application_id, credit_type_id, spent });
    }
  }
}

const nothing = (): ScopeSpending => ({
  generation: contentGeneration(),
  sums: new Map(),
  upToIds: new Map(),
});

const widened = (filter: TransactionFilter, today: number) => ({
  ...filter,
  range: widenedRange(filter, today),
});

/**
 * Reads what the organizations of a scope spent without holding up the event loop, before the snapshot of a page.
 *
 * @returns null for a filter that needs no such sums, and for a scope that is read at once
 */
export async function scopeSpending(filter: TransactionFilter, today: number): Promise<ScopeSpending | null> {
  const { organizationIds } = filter.scope;
  if (!isOfScope(filter) || organizationIds === null || organizationIds.size <= ORGANIZATIONS_A_PIECE) {
    return null;
  }
  const spending = nothing();
  for (const _piece of pieces(widened(filter, today), spending)) await nextTurn();
  return spending;
}

/** The spending as of now, to be called in the snapshot of a page: with what was recorded since it was read. */
export function scopeSpendingNow(
  read: ScopeSpending | null,
  filter: TransactionFilter,
  today: number,
): SpentEntry[] {
  const wide = widened(filter, today);
  const spending = read && read.generation === contentGeneration() ? read : nothing();
  if (spending !== read) {
    // Few organizations, or a restore has put another ledger in place.
    for (const _piece of pieces(wide, spending));
    return [...spending.sums.values()];
  }
  const { sums, upToIds } = spending;
  const first = Math.min(...new Set(upToIds.values()));
  if (first < latestEntryId()) {
    const entries = statement<SpentEntry & { id: bigint }>(
      sql`SELECT id, ${SPENT_ENTRY} FROM ledger_entries NOT INDEXED
        WHERE ${sql.join([...spentConditions(wide), sql`id > ${first}`], sql` AND `)}`,
    ).all();
    for (const entry of entries) {
      if (entry.id > (upToIds.get(Number(entry.organization_id)) ?? Number.POSITIVE_INFINITY))
        add(sums, entry);
    }
  }
  return [...sums.values()];
}

import { setImmediate as nextTurn } from "node:timers/promises";
import { type SQL, sql } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import { contentGeneration } from "#db/generation.ts";
import { ENTRY_SPENT } from "#db/schema/index.ts";
import { snapshot, statement } from "#db/statement.ts";
import { isApplication } from "#lib/applications/queries.ts";
import { addDays, addMonths, type DayRange, firstDay, lastDay, monthOf } from "#lib/calendar.ts";
import { processWide } from "#lib/process-wide.ts";
import { reads, type Scope } from "#lib/scope/scope.ts";
import { type AsOf, asOfNow, canBeCarried } from "./carried-sums.ts";
import { latestEntryId } from "./queries/entries.ts";
import type { TransactionFilter } from "./queries/filter.ts";

// The split by organization adds up millions of rows: 40 ms for a month of 100,000 organizations. So the sums of a
// few filters are remembered and carried forward.

/** The filters of the sums. A person or a single organization is not among them, because their sums are small. */
export type SumFilter = Pick<TransactionFilter, "range" | "applicationIds" | "creditTypeId">;

type Sums = AsOf & {
  /** Micro-credits by organization id. */
  spent: BigInt64Array;
};

/** How many filters' sums are remembered, those that were read last. Each takes 8 bytes for each organization. */
const MAX_REMEMBERED = 8;
/** How many days are read at once, so that one read does not hold up the event loop. */
const DAYS_IN_PIECE = 4;

const remembered = processWide(
  "lib/transactions/organization-sums",
  () => new WeakMap<Database, { sums: Map<string, Sums>; reading: Map<string, Promise<void>> }>(),
);

function memoryOf(db: Database) {
  const memory = remembered.get(db) ?? { sums: new Map(), reading: new Map() };
  remembered.set(db, memory);
  return memory;
}

const nameOf = ({ range, applicationIds, creditTypeId }: SumFilter) =>
  `${range.from} ${range.to} ${applicationIds} ${creditTypeId}`;

/** A part of a range that is read at once: one whole month, or a few days. */
type Piece = { month: number } | { from: number; to: number };

/** A range as whole months, which have their own table, and the days around them. */
export function piecesOf({ from, to }: DayRange, recorded: { first: number; last: number }): Piece[] {
  const first = from === null ? firstDay(recorded.first) : Math.max(from, firstDay(recorded.first));
  const last = to === null ? lastDay(recorded.last) : Math.min(to, lastDay(recorded.last));
  const pieces: Piece[] = [];
  for (let day = first; day <= last; ) {
    const month = monthOf(day);
    const end = lastDay(month);
    if (day === firstDay(month) && end <= last) {
      pieces.push({ month });
      day = firstDay(addMonths(month, 1));
    } else {
      const until = Math.min(addDays(day, DAYS_IN_PIECE - 1), end, last);
      pieces.push({ from: day, to: until });
      day = addDays(until, 1);
    }
  }
  return pieces;
}

/** The months in which anything was spent. */
function recordedMonths(): { first: number; last: number } {
  const row = statement<{ first: bigint | null; last: bigint | null }>(
    sql`SELECT (SELECT min(month) FROM organization_months INDEXED BY organization_months_month) AS first,
      (SELECT max(month) FROM organization_months INDEXED BY organization_months_month) AS last`,
  ).get();
  // Without any, the last is before the first.
  return { first: Number(row?.first ?? 999_901n), last: Number(row?.last ?? 197_001n) };
}

/** The months of a range of whole months in which anything may have been spent. */
export function recordedMonthsIn(range: DayRange): number[] {
  return piecesOf(range, recordedMonths()).flatMap((piece) => ("month" in piece ? [piece.month] : []));
}

/** Each organization's sum in one piece. */
export function pieceStatement(piece: Piece, { applicationIds, creditTypeId }: SumFilter): SQL {
  // Once for each organization and not for each row, which would take twice as long.
  const ofType =
    creditTypeId === null
      ? sql``
      : sql`HAVING (SELECT credit_type_id FROM organizations WHERE id = organization_id) = ${creditTypeId}`;
  const application = applicationIds === null ? sql`` : sql`AND ${isApplication(applicationIds)}`;
  if ("month" in piece) {
    const index = applicationIds === null ? sql`INDEXED BY organization_months_month` : sql``;
    return sql`SELECT organization_id AS id, sum(spent) AS spent FROM organization_months ${index}
      WHERE month = ${piece.month} ${application} GROUP BY 1 ${ofType}`;
  }
  return sql`SELECT organization_id AS id, sum(spent) AS spent FROM organization_days INDEXED BY organization_days_day
    WHERE day >= ${piece.from} AND day <= ${piece.to} ${application} GROUP BY 1 ${ofType}`;
}

/** Each organization's sum over the entries after `afterId`, spends less their reversals. */
function newEntriesStatement({ range, applicationIds, creditTypeId }: SumFilter, afterId: number): SQL {
  const conditions = [sql`id > ${afterId}`, sql`membership_id IS NOT NULL`];
  if (range.from !== null) conditions.push(sql`day >= ${range.from}`);
  if (range.to !== null) conditions.push(sql`day <= ${range.to}`);
  if (applicationIds !== null) conditions.push(isApplication(applicationIds));
  if (creditTypeId !== null) conditions.push(sql`credit_type_id = ${creditTypeId}`);
  return sql`SELECT organization_id AS id, sum(${ENTRY_SPENT}) AS spent
    FROM ledger_entries NOT INDEXED WHERE ${sql.join(conditions, sql` AND `)} GROUP BY 1`;
}

/** Adds the rows of a statement, or takes them off. */
function add(sums: Sums, query: SQL, sign: 1n | -1n): void {
  for (const { id, spent } of statement<{ id: bigint; spent: bigint }>(query).all()) {
    const key = Number(id);
    if (key >= sums.spent.length) {
      // Twice as long, because ids come in their order: small steps would copy the array a hundred times.
      const longer = new BigInt64Array(2 * key);
      longer.set(sums.spent);
      sums.spent = longer;
    }
    sums.spent[key] = (sums.spent[key] ?? 0n) + sign * spent;
  }
}

const empty = (): Sums => ({ ...asOfNow(), spent: new BigInt64Array(1_024) });

/** The remembered sums, where they can be carried forward. */
const usable = (sums: Sums | undefined): Sums | null => (sums && canBeCarried(sums) ? sums : null);

function remember(name: string, sums: Sums): void {
  const memory = memoryOf(database()).sums;
  memory.delete(name);
  memory.set(name, sums);
  const oldest = memory.keys().next();
  if (memory.size > MAX_REMEMBERED && !oldest.done) memory.delete(oldest.value);
}

/**
 * Reads a filter's sums in pieces between which other requests are served, so that {@link largestOrganizations} has only
 * to carry them forward. To be called before the snapshot of a page; two calls for one filter share the work.
 */
export async function prepareOrganizationSums(filter: SumFilter): Promise<void> {
  const { sums, reading } = memoryOf(database());
  const name = nameOf(filter);
  if (usable(sums.get(name))) return;
  const running = reading.get(name);
  if (running) return running;
  const work = readInPieces(filter, name).finally(() => reading.delete(name));
  reading.set(name, work);
  return work;
}

async function readInPieces(filter: SumFilter, name: string): Promise<void> {
  const sums = empty();
  for (const piece of piecesOf(filter.range, recordedMonths())) {
    await nextTurn();
    const read = snapshot(() => {
      if (contentGeneration() !== sums.generation) return false;
      add(sums, pieceStatement(piece, filter), 1n);
      // What came since the first piece is taken off, so that all pieces are as of one entry.
      const range = "month" in piece ? { from: firstDay(piece.month), to: lastDay(piece.month) } : piece;
      add(sums, newEntriesStatement({ ...filter, range }, sums.upToId), -1n);
      return true;
    });
    // After a restore nothing is remembered; the page then reads what it needs by itself.
    if (!read) return;
  }
  remember(name, sums);
}

/** The organizations of `within` that spent the most by a filter, above nothing; equal ones by id. */
export function largestOrganizations(
  filter: SumFilter,
  limit: number,
  within: Scope,
): { key: number; spent: bigint }[] {
  return largestOfArray(organizationSums(filter), limit, within);
}

/** What each organization spent by a filter, in micro-credits by its id. Read it at once: the next call changes it. */
export function organizationSums(filter: SumFilter): BigInt64Array {
  return snapshot(() => {
    const name = nameOf(filter);
    let sums = usable(memoryOf(database()).sums.get(name));
    if (sums) {
      const lastId = latestEntryId();
      if (lastId > sums.upToId) {
        add(sums, newEntriesStatement(filter, sums.upToId), 1n);
        sums.upToId = lastId;
      }
    } else {
      sums = empty();
      for (const piece of piecesOf(filter.range, recordedMonths()))
        add(sums, pieceStatement(piece, filter), 1n);
    }
    remember(name, sums);
    return sums.spent;
  });
}

/** An organization whose sums by two filters differ. */
export type OrganizationChange = { key: number; now: bigint; before: bigint };

/** The organizations of `within` whose sums rose the most, and fell the most, from the filter `before` to `now`. */
export function largestChanges(
  now: SumFilter,
  before: SumFilter,
  limit: number,
  within: Scope,
): { rose: OrganizationChange[]; fell: OrganizationChange[] } {
  return snapshot(() => changesOf(organizationSums(now), organizationSums(before), limit, within));
}

/**
 * Puts a row in its place among the largest, after equal ones. It halves the rows until it has the place, because a file
 * has 10,000 of them.
 *
 * @returns what a further row has to exceed
 */
function insert<Row>(rows: Row[], row: Row, amountOf: (row: Row) => bigint, limit: number): bigint {
  const amount = amountOf(row);
  let place = 0;
  for (let end = rows.length; place < end; ) {
    const middle = (place + end) >> 1;
    const other = rows[middle];
    if (other !== undefined && amountOf(other) >= amount) place = middle + 1;
    else end = middle;
  }
  rows.splice(place, 0, row);
  if (rows.length > limit) rows.pop();
  const last = rows.at(-1);
  return last && rows.length === limit ? amountOf(last) : 0n;
}

/** The largest of these sums above nothing; equal ones in their order. */
export function largestOfList(
  sums: readonly { key: number; spent: bigint }[],
  limit: number,
): { key: number; spent: bigint }[] {
  const rows: { key: number; spent: bigint }[] = [];
  let least = 0n;
  for (const sum of sums) {
    if (sum.spent > least) least = insert(rows, sum, ({ spent }) => spent, limit);
  }
  return rows;
}

// The two loops run over all organizations. With `BigInt.asIntN` the engine compares machine words instead of objects, and
// neither loop calls a function for an organization that is not among the largest. So each takes 0.3 ms for 100,000.

/** The largest sums of `within` above nothing; equal ones by id. */
function largestOfArray(sums: BigInt64Array, limit: number, within: Scope): { key: number; spent: bigint }[] {
  const rows: { key: number; spent: bigint }[] = [];
  let least = 0n;
  for (let key = 0; key < sums.length; key++) {
    if (BigInt.asIntN(64, sums[key] ?? 0n) <= BigInt.asIntN(64, least)) continue;
    if (reads(within, key)) {
      least = insert(rows, { key, spent: sums[key] ?? 0n }, ({ spent }) => spent, limit);
    }
  }
  return rows;
}

/** The organizations of `within` whose sums rose and fell the most; equal ones by id. */
function changesOf(
  sumsNow: BigInt64Array,
  sumsBefore: BigInt64Array,
  limit: number,
  within: Scope,
): { rose: OrganizationChange[]; fell: OrganizationChange[] } {
  const length = Math.max(sumsNow.length, sumsBefore.length);
  const now = ofLength(sumsNow, length);
  const before = ofLength(sumsBefore, length);
  const rose: OrganizationChange[] = [];
  const fell: OrganizationChange[] = [];
  let up = 0n;
  let down = 0n;
  for (let key = 0; key < length; key++) {
    const change = BigInt.asIntN(64, (now[key] ?? 0n) - (before[key] ?? 0n));
    if (change <= BigInt.asIntN(64, up) && change >= BigInt.asIntN(64, down)) continue;
    if (!reads(within, key)) continue;
    const row = { key, now: now[key] ?? 0n, before: before[key] ?? 0n };
    if (change > 0n) up = insert(rose, row, (one) => one.now - one.before, limit);
    else down = -insert(fell, row, (one) => one.before - one.now, limit);
  }
  return { rose, fell };
}

/** The sums with zeros up to a length, because a read beyond an array's end would make the loop three times as slow. */
function ofLength(sums: BigInt64Array, length: number): BigInt64Array {
  if (sums.length === length) return sums;
  const longer = new BigInt64Array(length);
  longer.set(sums);
  return longer;
}

import { randomInt } from "node:crypto";
import type Sqlite from "better-sqlite3";
import { isAfter, type Value } from "../pieces.ts";
import { mixValue } from "../weights.ts";
import type { Integer } from "./integers.ts";

// SQLite's own check looks up each entry of the ledger in each index, and the entries of most indexes are spread over the
// whole file, so that these lookups take most of the time of a check. Here each index is read once in its own order
// instead, and both sides, the entries and the index, are added up under a random hash. Each entry of an index must come
// after the one before it, so that every lookup and every range finds what it looks for; a unique index has no two
// entries of one key. When the sums are equal, the index has exactly the rows of the table, with a probability of all but
// 1 in 4 billion, other in each run. Else SQLite's own check names the rows.

/** An entry of the ledger as its indexes see it. */
export type IndexedEntry = {
  id: number;
  kind: string;
  creditTypeId: number;
  organizationId: number | null;
  membershipId: number | null;
  applicationId: number | null;
  apiKeyId: number | null;
  reversesId: number | null;
  occurredAt: number;
  day: number;
  externalId: string;
  source: string;
  model: Value;
  /** Less than 0 where credits do not go to `consumed`. */
  signed: Integer;
};

/** What an entry adds to what was spent, as the index of an organization's entries has it. */
const SIGNED = "(CASE credit_account WHEN 'consumed' THEN amount ELSE -amount END)";

/** A column as it is read: an amount that a number does not hold exactly comes as text. */
const exactly = (column: string) =>
  column === SIGNED
    ? `iif(${SIGNED} BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}, ${SIGNED}, CAST(${SIGNED} AS TEXT))`
    : column;

/** The same for an amount of an entry. */
const exact = (amount: Integer): Value => (typeof amount === "number" ? amount : String(amount));

type LedgerIndex = {
  name: string;
  /** The columns in the index's order. Those from the first to the one at `last` tell any two rows apart. */
  columns: readonly string[];
  last: number;
  /** Which rows the index has, if not all. */
  where?: string;
  /** Whether the first column may be null. */
  hasNulls?: boolean;
  /** The hash of an entry, from that of its id and time; null for an entry that the index does not have. */
  hash: (entry: IndexedEntry, ofTime: number, seed: number) => number | null;
};

/** The entries by one column and then by the time. */
const byTime = (
  name: string,
  column: string,
  value: (entry: IndexedEntry) => Value,
  { where, has = () => true, hasNulls = false }: PartialIndex = {},
): LedgerIndex => ({
  name: `ledger_entries_${name}`,
  columns: [column, "occurred_at", "id"],
  last: 2,
  ...(where !== undefined && { where }),
  hasNulls,
  hash: (entry, ofTime) => (has(entry) ? mixValue(ofTime, value(entry)) : null),
});
type PartialIndex = { where?: string; has?: (entry: IndexedEntry) => boolean; hasNulls?: boolean };

const isNotSpend = (entry: IndexedEntry) => entry.kind !== "spend";

/** All indexes of the table, as the migrations create them. */
export const LEDGER_INDEXES: readonly LedgerIndex[] = [
  {
    name: "ledger_entries_organization",
    columns: [
      "organization_id",
      "occurred_at",
      "id",
      "(metadata ->> '$.model')",
      "day",
      "application_id",
      "membership_id",
      SIGNED,
    ],
    last: 2,
    hasNulls: true,
    hash: (e, ofTime) => {
      const ofModel = mixValue(mixValue(ofTime, e.organizationId), e.model);
      const ofMembership = mixValue(mixValue(mixValue(ofModel, e.day), e.applicationId), e.membershipId);
      return mixValue(ofMembership, exact(e.signed));
    },
  },
  {
    name: "ledger_entries_external_id",
    columns: ["external_id", "source", "coalesce(organization_id, 0)", "id"],
    last: 2,
    hash: (e, _, seed) =>
      mixValue(mixValue(mixValue(mixValue(seed, e.organizationId ?? 0), e.source), e.externalId), e.id),
  },
  {
    name: "ledger_entries_occurred",
    columns: ["occurred_at", "id"],
    last: 1,
    hash: (_, ofTime) => ofTime,
  },
  byTime("membership", "membership_id", (e) => e.membershipId, { hasNulls: true }),
  byTime("application", "application_id", (e) => e.applicationId, { hasNulls: true }),
  byTime("credit_type", "credit_type_id", (e) => e.creditTypeId),
  byTime("model", "(metadata ->> '$.model')", (e) => e.model, {
    where: "(metadata ->> '$.model') IS NOT NULL",
    has: (e) => e.model !== null,
  }),
  byTime("api_key", "api_key_id", (e) => e.apiKeyId, {
    where: "api_key_id IS NOT NULL",
    has: (e) => e.apiKeyId !== null,
  }),
  byTime("kind", "kind", (e) => e.kind, { where: "kind <> 'spend'", has: isNotSpend }),
  byTime("organization_kind", "organization_id", (e) => e.organizationId, {
    where: "kind <> 'spend'",
    has: isNotSpend,
    hasNulls: true,
  }),
  byTime("pool", "credit_type_id", (e) => e.creditTypeId, {
    where: "membership_id IS NULL",
    has: (e) => e.membershipId === null,
  }),
  {
    name: "ledger_entries_reverses",
    columns: ["reverses_id", "id"],
    last: 0,
    where: "reverses_id IS NOT NULL",
    hash: (e, _, seed) => (e.reversesId === null ? null : mixValue(mixValue(seed, e.reversesId), e.id)),
  },
];

/** Only integers that a number holds exactly, texts and nulls have the same hash on both sides. */
const isExact = (value: unknown): value is Value =>
  typeof value === "number" ? Number.isSafeInteger(value) : value === null || typeof value === "string";

const areExact = (e: IndexedEntry) =>
  isExact(e.id) &&
  isExact(e.kind) &&
  isExact(e.creditTypeId) &&
  isExact(e.organizationId) &&
  isExact(e.membershipId) &&
  isExact(e.applicationId) &&
  isExact(e.apiKeyId) &&
  isExact(e.reversesId) &&
  isExact(e.occurredAt) &&
  isExact(e.day) &&
  isExact(e.externalId) &&
  isExact(e.source) &&
  isExact(e.model);

/** What the entries should have in each index, under a random hash. */
export class IndexSums {
  readonly seed: number = randomInt(2 ** 32);
  readonly #sums = new Int32Array(LEDGER_INDEXES.length);
  #isExact = true;

  add(entry: IndexedEntry): void {
    if (!this.#isExact || !areExact(entry)) {
      this.giveUp();
      return;
    }
    const ofTime = mixValue(mixValue(this.seed, entry.id), entry.occurredAt);
    for (let at = 0; at < LEDGER_INDEXES.length; at += 1) {
      const hash = LEDGER_INDEXES[at]?.hash(entry, ofTime, this.seed) ?? null;
      // Modulo 2^32, as in `sumOfIndex`.
      if (hash !== null) this.#sums[at] = (this.#sums[at] ?? 0) + hash;
    }
  }

  /** For entries that cannot be added up, as after damage: then no sum is equal to that of an index. */
  giveUp(): void {
    this.#isExact = false;
  }

  /** Whether every entry was added up. */
  get isExact(): boolean {
    return this.#isExact;
  }

  /** Whether the index at this place of {@link LEDGER_INDEXES} has the rows of the entries, by its sum. */
  isRight(at: number, sum: number | null): boolean {
    return this.#isExact && this.#sums[at] === sum;
  }
}

/**
 * The hash of a row, as {@link LedgerIndex.hash} has it: from the column at `last` to the first, and then the others, so
 * that most indexes begin with the id and the time.
 */
function hashOf(seed: number, row: readonly unknown[], last: number): number | null {
  let hash = seed;
  for (let at = last; at >= 0; at -= 1) {
    const value = row[at];
    if (!isExact(value)) return null;
    hash = mixValue(hash, value);
  }
  for (let at = last + 1; at < row.length; at += 1) {
    const value = row[at];
    if (!isExact(value)) return null;
    hash = mixValue(hash, value);
  }
  return hash;
}

/**
 * Adds up one index. Later entries than `lastId` are left out, because another connection may already see more of them.
 *
 * @returns null when the index is out of order, or has what cannot be added up
 */
export function sumOfIndex(
  sqlite: Sqlite.Database,
  index: LedgerIndex,
  { seed, lastId }: { seed: number; lastId: number },
): number | null {
  const idAt = index.columns.indexOf("id");
  let sum = 0;
  let before: readonly Value[] | null = null;
  for (const rows of readIndex(sqlite, index)) {
    for (const row of rows) {
      const hash = hashOf(seed, row, index.last);
      if (hash === null || (before && !isAfter(row, before, index.last + 1))) return null;
      before = row;
      if (Number(row[idAt]) <= lastId) sum = (sum + hash) | 0;
    }
  }
  return sum;
}

function* readIndex(sqlite: Sqlite.Database, index: LedgerIndex): Generator<Value[][]> {
  const [first] = index.columns;
  const where = index.where ?? "1";
  if (!index.hasNulls) yield* readInOrder(sqlite, index, 0, where);
  else {
    // Nulls come first, and no comparison of rows finds them.
    yield* readInOrder(sqlite, index, 1, `${where} AND ${first} IS NULL`);
    yield* readInOrder(sqlite, index, 0, `${where} AND ${first} IS NOT NULL`);
  }
}

/** How many rows are read at once, which takes half the time of one by one and little memory. */
const ROWS_AT_ONCE = 1_000;

/**
 * Reads the rows of an index in its order. The columns before `from` are the same in all of them. After a full page come
 * the rows that differ from its end in the last column alone, then those that differ in the one before, and so on, because
 * SQLite seeks an expression by a comparison of its own only, and never by a comparison of rows.
 */
function* readInOrder(
  sqlite: Sqlite.Database,
  { name, columns, last }: LedgerIndex,
  from: number,
  where: string,
): Generator<Value[][]> {
  const read = (conditions: readonly string[], order: readonly string[]) =>
    sqlite
      .prepare(
        `SELECT ${columns.map(exactly).join(", ")} FROM ledger_entries INDEXED BY ${name}
         WHERE ${[where, ...conditions].join(" AND ")} ORDER BY ${order.join(", ")} LIMIT ${ROWS_AT_ONCE}`,
      )
      .raw()
      .safeIntegers(false);
  const levels = columns.slice(from, last + 1);
  const after = levels.map((column, level) =>
    read([...levels.slice(0, level).map((one) => `${one} = ?`), `${column} > ?`], levels.slice(level)),
  );
  let rows = read([], levels).all() as Value[][];
  let end = rows.at(-1);
  let level = levels.length;
  while (end) {
    if (rows.length > 0) yield rows;
    if (rows.length === ROWS_AT_ONCE) level = levels.length;
    level -= 1;
    if (level < 0) return;
    rows = after[level]?.all(...end.slice(from, from + level + 1)) as Value[][];
    end = rows.at(-1) ?? end;
  }
}

import { sql } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import { rowsOf } from "#db/prepared.ts";
import type { TransactionFilter } from "./queries.ts";

/** What a sum is by. */
export type Part = "day" | "application_id" | "credit_type_id" | "organization_id";

/** What narrows a sum that is kept: no person and no one organization, whose own sums are small. */
type Scope = Pick<TransactionFilter, "range" | "applicationId" | "creditTypeId">;

type Sums = { add: (key: number, spent: bigint) => void };

type Kept<S extends Sums> = { upToId: number; sums: S };

/** So many of them are kept, the ones asked for last; by organization each takes 8 bytes an organization. */
const MOST_KEPT = 32;
/** With more new entries than this, reading all of it anew is as fast. */
const MOST_NEW_ENTRIES = 20_000;

const keptOf = new WeakMap<Database, Map<string, Kept<Sums>>>();

type Entry = {
  day: bigint;
  application_id: bigint;
  credit_type_id: bigint;
  organization_id: bigint;
  spent: bigint;
};

/** Adds the entries after `upToId` that are spends or their reversals. The ledger only grows, so there is no more to it. */
function carry(
  db: Database,
  kept: Kept<Sums>,
  part: Part,
  { range, applicationId, creditTypeId }: Scope,
  lastId: number,
) {
  const entries = rowsOf<Entry>(
    sql`
    SELECT day, application_id, credit_type_id, organization_id,
      CASE credit_account WHEN 'consumed' THEN amount ELSE -amount END AS spent
    FROM ledger_entries WHERE id > ${kept.upToId} AND id <= ${lastId} AND membership_id IS NOT NULL ORDER BY id`,
    db,
  );
  for (const entry of entries) {
    if (applicationId !== null && Number(entry.application_id) !== applicationId) continue;
    if (creditTypeId !== null && Number(entry.credit_type_id) !== creditTypeId) continue;
    if (range.from !== null && entry.day < range.from) continue;
    if (range.to !== null && entry.day > range.to) continue;
    kept.sums.add(Number(entry[part]), entry.spent);
  }
  kept.upToId = lastId;
}

/**
 * What was spent within a scope, by a part, as of the last entry that is committed: read whole once, and from then on
 * carried forward by the entries that have come since.
 */
export function keptSums<S extends Sums>(
  scope: Scope,
  part: Part,
  read: () => S,
  db: Database = database(),
): S {
  const all = keptOf.get(db) ?? new Map<string, Kept<Sums>>();
  keptOf.set(db, all);
  const { range, applicationId, creditTypeId } = scope;
  const name = `${part} ${range.from} ${range.to} ${applicationId} ${creditTypeId}`;
  // One snapshot, or an entry that another process commits in between would count twice.
  return db.transaction(() => {
    const [last] = rowsOf<{ id: bigint | null }>(sql`SELECT max(id) AS id FROM ledger_entries`, db);
    const lastId = Number(last?.id ?? 0n);
    // Under one name there is always the same kind of sums.
    let kept = all.get(name) as Kept<S> | undefined;
    all.delete(name);
    if (kept && lastId >= kept.upToId && lastId - kept.upToId <= MOST_NEW_ENTRIES) {
      if (lastId > kept.upToId) carry(db, kept, part, scope, lastId);
    } else kept = { upToId: lastId, sums: read() };
    all.set(name, kept);
    const oldest = all.keys().next();
    if (all.size > MOST_KEPT && !oldest.done) all.delete(oldest.value);
    return kept.sums;
  });
}

/** Sums by a few keys. */
export class FewSums implements Sums {
  readonly #sums: Map<number, bigint>;

  constructor(sums: Iterable<{ key: number; spent: bigint }>) {
    this.#sums = new Map([...sums].map(({ key, spent }) => [key, spent]));
  }

  add(key: number, spent: bigint): void {
    this.#sums.set(key, (this.#sums.get(key) ?? 0n) + spent);
  }

  /** By key. */
  inOrder(): { key: number; spent: bigint }[] {
    return [...this.#sums].map(([key, spent]) => ({ key, spent })).sort((a, b) => a.key - b.key);
  }
}

/** Sums by organization, of which there are many. */
export class ManySums implements Sums {
  #sums: BigInt64Array;
  /** The largest as they were found last, and still are; null before, and after one of them has lost some. */
  #top: { limit: number; found: { key: number; spent: bigint }[] } | null = null;

  constructor(sums: readonly { key: number; spent: bigint }[]) {
    this.#sums = new BigInt64Array(1024 + sums.reduce((most, { key }) => Math.max(most, key), 0));
    for (const { key, spent } of sums) this.#sums[key] = spent;
  }

  add(key: number, spent: bigint): void {
    if (key >= this.#sums.length) {
      const longer = new BigInt64Array(key + 1024);
      longer.set(this.#sums);
      this.#sums = longer;
    }
    const sum = (this.#sums[key] ?? 0n) + spent;
    this.#sums[key] = sum;
    // What is below the largest and stays there changes nothing.
    const top = this.#top;
    const least = top && top.found.length === top.limit ? (top.found.at(-1)?.spent ?? 0n) : 0n;
    if (top && (sum >= least || top.found.some((one) => one.key === key))) this.#top = null;
  }

  /** The largest, above nothing; equal ones by key. */
  top(limit: number): { key: number; spent: bigint }[] {
    if (this.#top?.limit !== limit) this.#top = { limit, found: this.#findTop(limit) };
    return this.#top.found;
  }

  #findTop(limit: number): { key: number; spent: bigint }[] {
    const found: { key: number; spent: bigint }[] = [];
    const sums = this.#sums;
    let least = 0n;
    for (let key = 0; key < sums.length; key++) {
      const spent = sums[key] ?? 0n;
      if (spent <= least) continue;
      let place = found.length;
      while (place > 0 && (found[place - 1]?.spent ?? 0n) < spent) place -= 1;
      found.splice(place, 0, { key, spent });
      if (found.length > limit) found.pop();
      if (found.length === limit) least = found.at(-1)?.spent ?? 0n;
    }
    return found;
  }
}

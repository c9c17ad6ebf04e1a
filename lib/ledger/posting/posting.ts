import { desc, eq, sql } from "drizzle-orm";
import { type Database, database, type Transaction, WRITE_WAIT_MS, write } from "#db/client.ts";
import { CHAIN_START, ChainedGroup } from "#db/ledger-chain.ts";
import { creditTypes, ledgerChain, membershipMonths, organizations } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { type OrganizationLimits, startCrossings } from "#lib/alerts/crossings.ts";
import { effectsOf } from "../rules.ts";
import { startCounters } from "./counters.ts";
import { chainedValues, entryRow, insertEntry, type NewEntry } from "./entry.ts";

/** A pool as it is now, with what this posting has changed. */
export type Pool = { available: bigint; totalPurchased: bigint };

const value = sql.placeholder;

const statements = {
  pool: statement((db) =>
    db
      .select({ available: creditTypes.available, totalPurchased: creditTypes.totalPurchased })
      .from(creditTypes)
      .where(eq(creditTypes.id, value("id"))),
  ),
  organization: statement((db) =>
    db
      .select({
        balance: organizations.balance,
        spent: organizations.spent,
        alertVersion: organizations.alertVersion,
        alertBelow: organizations.alertBelow,
        alertSpent: organizations.alertSpent,
        alertMonth: organizations.alertMonth,
      })
      .from(organizations)
      .where(eq(organizations.id, value("id"))),
  ),
  monthSpent: statement((db) =>
    db
      .select({ spent: membershipMonths.spent })
      .from(membershipMonths)
      .where(
        sql`${membershipMonths.membershipId} = ${value("membershipId")} AND ${membershipMonths.month} = ${value("month")}`,
      ),
  ),
  lastGroup: statement((db) =>
    db
      .select({ lastId: ledgerChain.lastId, hash: ledgerChain.hash })
      .from(ledgerChain)
      .orderBy(desc(ledgerChain.lastId))
      .limit(1),
  ),
  addGroup: statement((db) =>
    db.insert(ledgerChain).values({ lastId: value("lastId"), hash: value("hash") }),
  ),
};

/** What a membership has spent in a month, e.g. 202611. */
export function monthSpentOf(db: Database, membershipId: number, month: number): bigint {
  return statements.monthSpent.list<[bigint]>({ membershipId, month }, db)?.[0] ?? 0n;
}

/** The columns of the statement `organization`. */
type OrganizationColumns = [
  balance: bigint,
  spent: bigint,
  alertVersion: bigint,
  alertBelow: bigint | null,
  alertSpent: bigint | null,
  alertMonth: bigint | null,
];

/**
 * Entries posted in the write transaction `tx` on `db`, with every counter that they change. Balances and sums include what
 * was posted so far. `finish` writes each counter once, then opens and resolves alerts, and must run in the same
 * transaction. The caller decides whether an entry is allowed; the tables refuse a negative balance.
 */
export function startPosting(db: Database, tx: Transaction) {
  const pools = new Map<number, Pool>();
  const balances = new Map<number, bigint>();
  const limitsBefore = new Map<number, OrganizationLimits>();
  const monthsBefore = new Map<string, bigint>();
  const counters = startCounters(db);
  const crossings = startCrossings(db, tx);
  let lastId = 0;
  let group: ChainedGroup | undefined;

  /** The group of this posting's entries in the chain, begun after the last one before it. */
  function chainedGroup(): ChainedGroup {
    if (group) return group;
    const [id, hash] = statements.lastGroup.list<[bigint, Buffer]>({}, db) ?? [0n, CHAIN_START];
    lastId = Number(id);
    group = new ChainedGroup(hash);
    return group;
  }

  /** @throws if there is no such pool, because the caller must have looked it up. */
  function pool(creditTypeId: number): Pool {
    const pool = pools.get(creditTypeId) ?? statements.pool.get({ id: creditTypeId }, db);
    if (!pool) throw new Error(`no credit type ${creditTypeId}`);
    pools.set(creditTypeId, pool);
    return pool;
  }

  /** An organization's balance. */
  function balance(organizationId: number): bigint {
    const present = balances.get(organizationId);
    if (present !== undefined) return present;
    const row = statements.organization.list<OrganizationColumns>({ id: organizationId }, db);
    if (!row) throw new Error(`no organization ${organizationId}`);
    const [balance, spent, version, below, spentFrom, month] = row;
    balances.set(organizationId, balance);
    limitsBefore.set(organizationId, { spent, version, below, spentFrom, month });
    return balance;
  }

  /** {@link monthSpentOf}, with what was posted. */
  function monthSpent(membershipId: number, month: number): bigint {
    const key = `${membershipId} ${month}`;
    const before = monthsBefore.get(key) ?? monthSpentOf(db, membershipId, month);
    monthsBefore.set(key, before);
    return before + counters.monthSpent(membershipId, month);
  }

  /** @returns the entry's id, and the balance after it: of the organization, or of the pool when it names none. */
  function post(entry: NewEntry): { id: number; balanceAfter: bigint } {
    const effects = effectsOf(entry, entry.amount);
    const ofPool = pool(entry.creditTypeId);
    ofPool.available += effects.available;
    ofPool.totalPurchased += effects.purchased;
    let balanceAfter = ofPool.available;
    const { organizationId } = entry;
    if (organizationId != null) {
      balanceAfter = balance(organizationId) + effects.balance;
      balances.set(organizationId, balanceAfter);
    }
    const chained = chainedGroup();
    lastId += 1;
    const row = entryRow(entry, lastId, balanceAfter);
    insertEntry.run(row, db);
    counters.addEffects(row, effects);
    const limits = organizationId == null ? null : (limitsBefore.get(organizationId) ?? null);
    crossings.note(entry, effects, limits, balanceAfter);
    chained.add(chainedValues(row));
    return { id: lastId, balanceAfter };
  }

  /** Writes the counters and the hash of the entries. Nothing may be posted after it. */
  function finish(): void {
    if (group) statements.addGroup.run({ lastId, hash: group.end() }, db);
    counters.write();
    crossings.finish();
  }

  return { pool, balance, monthSpent, post, finish };
}

export type Posting = ReturnType<typeof startPosting>;

/**
 * Runs `work` with a posting in one immediate transaction.
 *
 * @param waitMs how long it waits for the database's write lock
 */
export function writePosting<T>(
  work: (posting: Posting, tx: Transaction) => T,
  db: Database = database(),
  waitMs = WRITE_WAIT_MS,
): Promise<T> {
  return write(
    (tx) => {
      const posting = startPosting(db, tx);
      const answer = work(posting, tx);
      posting.finish();
      return answer;
    },
    db,
    waitMs,
  );
}

import { desc, eq, sql } from "drizzle-orm";
import type { Database } from "#db/client.ts";
import { CHAIN_START, ChainedGroup } from "#db/ledger-chain.ts";
import {
  creditTypeDays,
  creditTypes,
  ledgerChain,
  ledgerEntries,
  members,
  membershipMonths,
  memberships,
  organizationDays,
  organizationMonths,
  organizations,
} from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { type Effects, effectsOf } from "./rules.ts";

/** An entry to post. `memberId` is the membership's person; both only with a spend or its reversal. */
export type NewEntry = Omit<typeof ledgerEntries.$inferInsert, "id" | "balanceAfter"> & {
  memberId: number | null;
};

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
  balance: statement((db) =>
    db
      .select({ balance: organizations.balance })
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
  entry: statement((db) =>
    db.insert(ledgerEntries).values({
      id: value("id"),
      kind: value("kind"),
      debitAccount: value("debitAccount"),
      creditAccount: value("creditAccount"),
      amount: value("amount"),
      creditTypeId: value("creditTypeId"),
      organizationId: value("organizationId"),
      membershipId: value("membershipId"),
      applicationId: value("applicationId"),
      reversesId: value("reversesId"),
      occurredAt: value("occurredAt"),
      day: value("day"),
      recordedAt: value("recordedAt"),
      externalId: value("externalId"),
      source: value("source"),
      requestHash: value("requestHash"),
      balanceAfter: value("balanceAfter"),
      monthSpentAfter: value("monthSpentAfter"),
      allowanceThen: value("allowanceThen"),
      apiKeyId: value("apiKeyId"),
      metadata: value("metadata"),
      note: value("note"),
    }),
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
  addToPool: statement((db) =>
    db
      .update(creditTypes)
      .set({
        available: sql`${creditTypes.available} + ${value("available")}`,
        balance: sql`${creditTypes.balance} + ${value("balance")}`,
        totalPurchased: sql`${creditTypes.totalPurchased} + ${value("purchased")}`,
        totalSpent: sql`${creditTypes.totalSpent} + ${value("spent")}`,
        lastEntryId: sql`${value("lastEntryId")}`,
      })
      .where(eq(creditTypes.id, value("id"))),
  ),
  addToOrganization: statement((db) =>
    db
      .update(organizations)
      .set({
        balance: sql`${organizations.balance} + ${value("balance")}`,
        spent: sql`${organizations.spent} + ${value("spent")}`,
        creditsMoved: true,
      })
      .where(eq(organizations.id, value("id"))),
  ),
  // A reversal does not count as activity: its instant is null, which leaves the column unchanged.
  addToMembership: statement((db) =>
    db
      .update(memberships)
      .set({
        spent: sql`${memberships.spent} + ${value("spent")}`,
        lastActiveAt: sql`nullif(max(coalesce(${memberships.lastActiveAt}, 0), ${value("activeAt")}), 0)`,
      })
      .where(eq(memberships.id, value("id"))),
  ),
  addToMember: statement((db) =>
    db
      .update(members)
      .set({
        spent: sql`${members.spent} + ${value("spent")}`,
        lastActiveAt: sql`nullif(max(coalesce(${members.lastActiveAt}, 0), ${value("activeAt")}), 0)`,
      })
      .where(eq(members.id, value("id"))),
  ),
  addToMonth: statement((db) =>
    db
      .insert(membershipMonths)
      .values({
        membershipId: value("membershipId"),
        month: value("month"),
        organizationId: value("organizationId"),
        spent: value("spent"),
      })
      .onConflictDoUpdate({
        target: [membershipMonths.membershipId, membershipMonths.month],
        set: { spent: sql`${membershipMonths.spent} + excluded.spent` },
      }),
  ),
  addToOrganizationDay: statement((db) =>
    db
      .insert(organizationDays)
      .values({
        organizationId: value("organizationId"),
        day: value("day"),
        applicationId: value("applicationId"),
        spent: value("spent"),
      })
      .onConflictDoUpdate({
        target: [organizationDays.organizationId, organizationDays.day, organizationDays.applicationId],
        set: { spent: sql`${organizationDays.spent} + excluded.spent` },
      }),
  ),
  addToOrganizationMonth: statement((db) =>
    db
      .insert(organizationMonths)
      .values({
        applicationId: value("applicationId"),
        month: value("month"),
        organizationId: value("organizationId"),
        spent: value("spent"),
      })
      .onConflictDoUpdate({
        target: [
          organizationMonths.applicationId,
          organizationMonths.month,
          organizationMonths.organizationId,
        ],
        set: { spent: sql`${organizationMonths.spent} + excluded.spent` },
      }),
  ),
  addToCreditTypeDay: statement((db) =>
    db
      .insert(creditTypeDays)
      .values({
        creditTypeId: value("creditTypeId"),
        day: value("day"),
        applicationId: value("applicationId"),
        spent: value("spent"),
      })
      .onConflictDoUpdate({
        target: [creditTypeDays.creditTypeId, creditTypeDays.day, creditTypeDays.applicationId],
        set: { spent: sql`${creditTypeDays.spent} + excluded.spent` },
      }),
  ),
};

/** What a membership has spent in a month, e.g. 202611. */
export function monthSpentOf(db: Database, membershipId: number, month: number): bigint {
  return statements.monthSpent.list<[bigint]>({ membershipId, month }, db)?.[0] ?? 0n;
}

type Spent = { spent: bigint; activeAt: number };

/** Adds to the value of `key`, which `start` creates where there is none. */
function addTo<K, V>(map: Map<K, V>, key: K, start: () => V, add: (value: V) => void): void {
  const value = map.get(key) ?? start();
  if (!map.has(key)) map.set(key, value);
  add(value);
}

/**
 * Entries posted in one write transaction on `db`, with every counter that they change. Balances and sums include what
 * was posted so far. `finish` writes each counter once, and must run in the same transaction. The caller decides
 * whether an entry is allowed; the tables refuse a negative balance.
 */
export function startPosting(db: Database) {
  const pools = new Map<number, Pool>();
  const balances = new Map<number, bigint>();
  const poolChanges = new Map<number, Effects & { lastEntryId: number }>();
  const organizationChanges = new Map<number, { balance: bigint; spent: bigint }>();
  const membershipChanges = new Map<number, Spent>();
  const memberChanges = new Map<number, Spent>();
  const monthsBefore = new Map<string, bigint>();
  // Keys are joined numbers, because a Map compares arrays by identity.
  const months = new Map<
    string,
    { membershipId: number; month: number; organizationId: number; spent: bigint }
  >();
  const organizationDayChanges = new Map<
    string,
    { organizationId: number; day: number; applicationId: number; spent: bigint }
  >();
  const organizationMonthChanges = new Map<
    string,
    { organizationId: number; month: number; applicationId: number; spent: bigint }
  >();
  const creditTypeDayChanges = new Map<
    string,
    { creditTypeId: number; day: number; applicationId: number; spent: bigint }
  >();

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
    const balance =
      balances.get(organizationId) ?? statements.balance.list<[bigint]>({ id: organizationId }, db)?.[0];
    if (balance === undefined) throw new Error(`no organization ${organizationId}`);
    balances.set(organizationId, balance);
    return balance;
  }

  /** {@link monthSpentOf}, with what was posted. */
  function monthSpent(membershipId: number, month: number): bigint {
    const key = `${membershipId} ${month}`;
    const before = monthsBefore.get(key) ?? monthSpentOf(db, membershipId, month);
    monthsBefore.set(key, before);
    return before + (months.get(key)?.spent ?? 0n);
  }

  function spend(entry: NewEntry, spent: bigint): void {
    const { organizationId, membershipId, memberId, applicationId, creditTypeId, day } = entry;
    if (organizationId == null || membershipId == null || memberId === null || applicationId == null) {
      throw new Error("a spend names its organization, membership, member and application");
    }
    const activeAt = entry.kind === "spend" ? entry.occurredAt.getTime() : 0;
    const add = (to: { spent: bigint }) => {
      to.spent += spent;
    };
    const addSpent = (to: Spent) => {
      to.spent += spent;
      to.activeAt = Math.max(to.activeAt, activeAt);
    };
    addTo(membershipChanges, membershipId, () => ({ spent: 0n, activeAt: 0 }), addSpent);
    addTo(memberChanges, memberId, () => ({ spent: 0n, activeAt: 0 }), addSpent);
    const month = Math.floor(day / 100);
    addTo(
      months,
      `${membershipId} ${month}`,
      () => ({ membershipId, month, organizationId, spent: 0n }),
      add,
    );
    addTo(
      organizationDayChanges,
      `${organizationId} ${day} ${applicationId}`,
      () => ({ organizationId, day, applicationId, spent: 0n }),
      add,
    );
    addTo(
      organizationMonthChanges,
      `${organizationId} ${month} ${applicationId}`,
      () => ({ organizationId, month, applicationId, spent: 0n }),
      add,
    );
    addTo(
      creditTypeDayChanges,
      `${creditTypeId} ${day} ${applicationId}`,
      () => ({ creditTypeId, day, applicationId, spent: 0n }),
      add,
    );
  }

  /** @returns the entry's id, and the balance after it: of the organization, or of the pool when it names none. */
  function post(entry: NewEntry): { id: number; balanceAfter: bigint } {
    const effects = effectsOf(entry, entry.amount);
    const ofPool = pool(entry.creditTypeId);
    ofPool.available += effects.available;
    ofPool.totalPurchased += effects.purchased;
    const chained = chainedGroup();
    lastId += 1;
    addTo(
      poolChanges,
      entry.creditTypeId,
      () => ({ available: 0n, balance: 0n, purchased: 0n, spent: 0n, lastEntryId: 0 }),
      (to) => {
        for (const key of Object.keys(effects) as (keyof Effects)[]) to[key] += effects[key];
        to.lastEntryId = lastId;
      },
    );
    let balanceAfter = ofPool.available;
    const { organizationId } = entry;
    if (organizationId != null) {
      balanceAfter = balance(organizationId) + effects.balance;
      balances.set(organizationId, balanceAfter);
      addTo(
        organizationChanges,
        organizationId,
        () => ({ balance: 0n, spent: 0n }),
        (to) => {
          to.balance += effects.balance;
          to.spent += effects.spent;
        },
      );
    }
    // An event of 0 credits counts as activity too, and needs a row in each table of sums that lists are filtered by.
    if (entry.membershipId != null) spend(entry, effects.spent);
    const row = {
      ...entry,
      id: lastId,
      organizationId: organizationId ?? null,
      membershipId: entry.membershipId ?? null,
      applicationId: entry.applicationId ?? null,
      reversesId: entry.reversesId ?? null,
      balanceAfter,
      monthSpentAfter: entry.monthSpentAfter ?? null,
      allowanceThen: entry.allowanceThen ?? null,
      apiKeyId: entry.apiKeyId ?? null,
      metadata: entry.metadata ?? null,
      note: entry.note ?? null,
    };
    statements.entry.run(row, db);
    chained.add([
      row.id,
      row.kind,
      row.debitAccount,
      row.creditAccount,
      row.amount,
      row.creditTypeId,
      row.organizationId,
      row.membershipId,
      row.applicationId,
      row.reversesId,
      row.occurredAt.getTime(),
      row.day,
      row.recordedAt.getTime(),
      row.balanceAfter,
      row.monthSpentAfter,
      row.allowanceThen,
      row.apiKeyId,
      row.requestHash,
      row.externalId,
      row.source,
      row.metadata,
      row.note,
    ]);
    return { id: lastId, balanceAfter };
  }

  /** Writes the counters and the hash of the entries. Nothing may be posted after it. */
  function finish(): void {
    if (group) statements.addGroup.run({ lastId, hash: group.end() }, db);
    for (const [id, effects] of poolChanges) statements.addToPool.run({ id, ...effects }, db);
    for (const [id, change] of organizationChanges) statements.addToOrganization.run({ id, ...change }, db);
    for (const [id, change] of membershipChanges) statements.addToMembership.run({ id, ...change }, db);
    for (const [id, change] of memberChanges) statements.addToMember.run({ id, ...change }, db);
    for (const month of months.values()) statements.addToMonth.run(month, db);
    for (const day of organizationDayChanges.values()) statements.addToOrganizationDay.run(day, db);
    for (const month of organizationMonthChanges.values()) statements.addToOrganizationMonth.run(month, db);
    for (const day of creditTypeDayChanges.values()) statements.addToCreditTypeDay.run(day, db);
  }

  return { pool, balance, monthSpent, post, finish };
}

export type Posting = ReturnType<typeof startPosting>;

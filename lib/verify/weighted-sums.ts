import { randomInt } from "node:crypto";
import type Sqlite from "better-sqlite3";

// Millions of sums by membership and month or by organization, day and application cannot be added up again in little
// memory, and sorting the ledger for them takes most of the time of a check. So both sides, the entries and the stored
// sums, are added up under random weights: each key has its weight, an amount counts times the weights of its keys.
// When each stored sum is right, the two totals are equal. When one is wrong, they are equal with a probability of 1 in
// 4 billion, other in each run; else the exact comparison looks for the row.

/** A spend or the reversal of one, as the driver gives it with safe integers. */
export type Spend = {
  isReversal: boolean;
  /** Added to what was spent; less than 0 for a reversal. */
  signed: bigint;
  creditTypeId: number;
  organizationId: number;
  membershipId: number;
  applicationId: number;
  occurredAt: number;
  day: number;
  monthSpentAfter: bigint | null;
  allowanceThen: bigint | null;
};

/** A weight of 32 bits: the finalizer of MurmurHash3 over three integers and a random seed. */
function weight(seed: number, a: number, b: number, c: number): number {
  let hash = seed;
  for (const part of [a, b, c]) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

const LOW_32 = 0xffff_ffffn;
const lowBits = (value: bigint) => Number(value & LOW_32);
const highBits = (value: bigint) => Number((value >> 32n) & LOW_32);
/** One number of a membership and a month: both are far below 2^26. */
const monthKey = (membershipId: number, month: number) => membershipId * 1_000_000 + month;

/** Adds up the entries, in the order of their ids, and compares them with the stored sums. */
export class WeightedSums {
  readonly #sqlite: Sqlite.Database;
  readonly #seeds = Array.from({ length: 5 }, () => randomInt(2 ** 32)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  /** The entries minus the stored sums. */
  #total = 0n;
  /**
   * The states of the months after each spend less those before it, modulo 2^32: what remains of a month is its last
   * state less its first one.
   */
  #states = 0;
  /** Months with reversals, which keep no state, are added up by themselves. */
  readonly #reversedMonths: Map<number, bigint>;
  readonly #spent: BigInt64Array;
  readonly #lastActiveAt: Float64Array;
  #isRight = true;

  constructor(sqlite: Sqlite.Database) {
    this.#sqlite = sqlite;
    const memberships = this.#size("memberships");
    this.#spent = new BigInt64Array(memberships);
    this.#lastActiveAt = new Float64Array(memberships);
    const reversed = sqlite
      .prepare(
        "SELECT membership_id, day / 100 FROM ledger_entries WHERE reverses_id IS NOT NULL AND membership_id IS NOT NULL",
      )
      .raw()
      .all() as [bigint, bigint][];
    this.#reversedMonths = new Map(
      reversed.map(([membership, month]) => [monthKey(Number(membership), Number(month)), 0n]),
    );
  }

  /** Ids begin at 1 and have no large gaps, because few are removed. */
  #size(table: "memberships" | "members"): number {
    const [rows, last] = this.#sqlite.prepare(`SELECT count(*), max(id) FROM ${table}`).raw().get() as [
      bigint,
      bigint | null,
    ];
    if ((last ?? 0n) > rows * 2n + 1_000n) this.#isRight = false;
    return this.#isRight ? Number(last ?? 0n) + 1 : 0;
  }

  #state(membershipId: number, month: number, value: bigint): number {
    return weight(
      this.#seeds[4] ^ Math.imul(membershipId, 0x9e3779b1),
      month,
      lowBits(value),
      highBits(value),
    );
  }

  add(entry: Spend): void {
    if (!this.#isRight) return;
    const { membershipId, organizationId, applicationId, day, signed } = entry;
    if (!(membershipId < this.#spent.length)) {
      this.#isRight = false;
      return;
    }
    const month = Math.floor(day / 100);
    const [months, days, organizationMonths, typeDays] = this.#seeds;
    const weights =
      weight(months, membershipId, month, 0) +
      weight(days, organizationId, day, applicationId) +
      weight(organizationMonths, applicationId, month, organizationId) +
      weight(typeDays, entry.creditTypeId, day, applicationId);
    this.#total += signed * BigInt(weights);
    this.#spent[membershipId] = (this.#spent[membershipId] ?? 0n) + signed;
    const reversed = this.#reversedMonths.get(monthKey(membershipId, month));
    if (reversed !== undefined) {
      this.#reversedMonths.set(monthKey(membershipId, month), reversed + signed);
    }
    if (entry.isReversal) return;
    if (entry.occurredAt > (this.#lastActiveAt[membershipId] ?? 0)) {
      this.#lastActiveAt[membershipId] = entry.occurredAt;
    }
    const after = entry.monthSpentAfter;
    if (typeof after !== "bigint" || (entry.allowanceThen !== null && after > entry.allowanceThen))
      this.#isRight = false;
    else if (reversed !== undefined) {
      if (after !== reversed + signed) this.#isRight = false;
    } else {
      this.#states =
        (this.#states +
          this.#state(membershipId, month, after) -
          this.#state(membershipId, month, after - signed)) |
        0;
    }
  }

  /** Are all stored sums of spending those of the entries that were added, and the months after each spend too? */
  agree(): boolean {
    try {
      return this.#isRight && this.#areSumsRight() && this.#areAccountsRight();
    } catch (error) {
      // In a damaged file a sum may be text.
      if (error instanceof TypeError) return false;
      throw error;
    }
  }

  #rows(sql: string): IterableIterator<bigint[]> {
    return this.#sqlite.prepare(sql).raw().iterate() as IterableIterator<bigint[]>;
  }

  #areSumsRight(): boolean {
    const [months, days, organizationMonths, typeDays] = this.#seeds;
    let total = this.#total;
    let states = this.#states;
    for (const [membership, month, spent = 0n] of this.#rows(
      "SELECT membership_id, month, spent FROM membership_months",
    )) {
      const [membershipId, inMonth] = [Number(membership), Number(month)];
      total -= spent * BigInt(weight(months, membershipId, inMonth, 0));
      if (!this.#reversedMonths.has(monthKey(membershipId, inMonth))) {
        states =
          (states - this.#state(membershipId, inMonth, spent) + this.#state(membershipId, inMonth, 0n)) | 0;
      }
    }
    const tables: [number, string][] = [
      [days, "SELECT organization_id, day, application_id, spent FROM organization_days"],
      [organizationMonths, "SELECT application_id, month, organization_id, spent FROM organization_months"],
      [typeDays, "SELECT credit_type_id, day, application_id, spent FROM credit_type_days"],
    ];
    for (const [seed, sql] of tables) {
      for (const [a, b, c, spent = 0n] of this.#rows(sql)) {
        total -= spent * BigInt(weight(seed, Number(a), Number(b), Number(c)));
      }
    }
    return total === 0n && states === 0;
  }

  #areAccountsRight(): boolean {
    const size = this.#size("members");
    if (!this.#isRight) return false;
    const spentOf = new BigInt64Array(size);
    const lastOf = new Float64Array(size);
    for (const [id, member, spent, last] of this.#rows(
      "SELECT id, member_id, spent, last_active_at FROM memberships",
    )) {
      const [membershipId, memberId] = [Number(id), Number(member)];
      const activeAt = this.#lastActiveAt[membershipId] ?? 0;
      if (this.#spent[membershipId] !== spent || activeAt !== Number(last ?? 0)) return false;
      spentOf[memberId] = (spentOf[memberId] ?? 0n) + (spent ?? 0n);
      lastOf[memberId] = Math.max(lastOf[memberId] ?? 0, activeAt);
    }
    for (const [id, spent, last] of this.#rows("SELECT id, spent, last_active_at FROM members")) {
      if (spentOf[Number(id)] !== spent || lastOf[Number(id)] !== Number(last ?? 0)) return false;
    }
    return true;
  }
}

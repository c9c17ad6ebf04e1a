import { randomInt } from "node:crypto";
import type Sqlite from "better-sqlite3";
import type { Integer } from "./ledger/integers.ts";
import { readInPieces } from "./pieces.ts";
import { highBits, lowBits, SumOfProducts, weight } from "./weights.ts";

// Millions of sums by membership and month or by organization, day and application cannot be added up again in little
// memory, and sorting the ledger for them takes most of the time of a check. So both sides, the entries and the stored
// sums, are added up under random weights: each key has its weight, an amount counts times the weights of its keys.
// When each stored sum is right, the two totals are equal. When one is wrong, they are equal with a probability of 1 in
// 4 billion, other in each run; else the exact comparison looks for the row.

/** A spend or the reversal of one. */
export type Spend = {
  /** The entry's id if it is a reversal. */
  reversalId: number | null;
  /** Added to what was spent; less than 0 for a reversal. */
  signed: Integer;
  creditTypeId: number;
  organizationId: number;
  membershipId: number;
  applicationId: number;
  /** Of a reversal, the key that reported the reversal. */
  apiKeyId: number | null;
  occurredAt: number;
  day: number;
  monthSpentAfter: number | null;
  allowanceThen: number | null;
};

/** One number of a membership and a month: both are far below 2^26. */
const monthKey = (membershipId: number, month: number) => membershipId * 1_000_000 + month;

/** Adds up the entries, in the order of their ids, and compares them with the stored sums. */
export class WeightedSums {
  readonly #sqlite: Sqlite.Database;
  readonly #seeds = {
    months: randomInt(2 ** 32),
    days: randomInt(2 ** 32),
    organizationMonths: randomInt(2 ** 32),
    typeDays: randomInt(2 ** 32),
    states: randomInt(2 ** 32),
    keyDays: randomInt(2 ** 32),
    keyEvents: randomInt(2 ** 32),
  };
  /** The entries minus the stored sums. */
  readonly #total = new SumOfProducts();
  /**
   * The states of the months after each spend less those before it, modulo 2^32: what remains of a month is its last
   * state less its first one.
   */
  #states = 0;
  /** Months with reversals, which keep no state, are added up by themselves. */
  readonly #reversedMonths: Map<number, number>;
  /** The memberships of these months, which are found in less time than the months. */
  readonly #reversedMembers: ReadonlySet<number>;
  /** The API keys of the spends that reversals take back, by the ids of the reversals. */
  readonly #reversedKeys: Map<number, number>;
  readonly #spent: Float64Array;
  readonly #lastActiveAt: Float64Array;
  #isRight = true;

  constructor(sqlite: Sqlite.Database) {
    this.#sqlite = sqlite;
    const memberships = this.#size("memberships");
    this.#spent = new Float64Array(memberships);
    this.#lastActiveAt = new Float64Array(memberships);
    const reversed = sqlite
      .prepare(
        "SELECT membership_id, day / 100 FROM ledger_entries WHERE reverses_id IS NOT NULL AND membership_id IS NOT NULL",
      )
      .raw()
      .safeIntegers(false)
      .all() as [number, number][];
    this.#reversedMonths = new Map(reversed.map(([membership, month]) => [monthKey(membership, month), 0]));
    this.#reversedMembers = new Set(reversed.map(([membership]) => membership));
    this.#reversedKeys = new Map(
      sqlite
        .prepare(
          `SELECT r.id, e.api_key_id FROM ledger_entries r JOIN ledger_entries e ON e.id = r.reverses_id
           WHERE r.reverses_id IS NOT NULL AND e.api_key_id IS NOT NULL AND r.membership_id IS NOT NULL`,
        )
        .raw()
        .safeIntegers(false)
        .all() as [number, number][],
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

  #state(membershipId: number, month: number, value: number): number {
    return weight(
      this.#seeds.states ^ Math.imul(membershipId, 0x9e3779b1),
      month,
      lowBits(value),
      highBits(value),
    );
  }

  add(entry: Spend): void {
    if (!this.#isRight) return;
    const { membershipId, organizationId, applicationId, creditTypeId, day, reversalId } = entry;
    const signed = Number(entry.signed);
    const spent = (this.#spent[membershipId] ?? Number.NaN) + signed;
    // A membership that is not there, or sums that a number does not hold exactly: the exact comparison must decide.
    if (!Number.isSafeInteger(signed) || !Number.isSafeInteger(spent)) {
      this.#isRight = false;
      return;
    }
    const month = Math.floor(day / 100);
    const { months, days, organizationMonths, typeDays, keyDays, keyEvents } = this.#seeds;
    const weights =
      weight(months, membershipId, month, 0) +
      weight(days, organizationId, day, applicationId) +
      weight(organizationMonths, applicationId, month, organizationId) +
      weight(typeDays, creditTypeId, day, applicationId);
    this.#total.add(signed, weights);
    const apiKeyId = reversalId === null ? entry.apiKeyId : (this.#reversedKeys.get(reversalId) ?? null);
    if (apiKeyId !== null) {
      this.#total.add(signed, weight(keyDays, apiKeyId, day, creditTypeId));
      if (reversalId === null) this.#total.add(1, weight(keyEvents, apiKeyId, day, creditTypeId));
    }
    this.#spent[membershipId] = spent;
    const reversed = this.#reversedMembers.has(membershipId)
      ? this.#reversedMonths.get(monthKey(membershipId, month))
      : undefined;
    if (reversed !== undefined) {
      this.#reversedMonths.set(monthKey(membershipId, month), reversed + signed);
    }
    if (reversalId !== null) return;
    if (entry.occurredAt > (this.#lastActiveAt[membershipId] ?? 0)) {
      this.#lastActiveAt[membershipId] = entry.occurredAt;
    }
    const after = Number(entry.monthSpentAfter ?? Number.NaN);
    if (!Number.isSafeInteger(after) || (entry.allowanceThen !== null && after > entry.allowanceThen))
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
    return this.#isRight && this.#areSumsRight() && this.#areAccountsRight();
  }

  /**
   * Calls `add` with the values of each row. False when a value is no integer that a number holds exactly, as in a
   * damaged file.
   */
  #eachSum(
    table: string,
    key: readonly string[],
    columns: string,
    add: (a: number, b: number, c: number, d: number, e: number) => void,
  ): boolean {
    type Sum = [a: number, b: number, c: number, d: number, e?: number];
    for (const rows of readInPieces<Sum>(this.#sqlite, table, { key, columns, safeIntegers: false })) {
      for (const [a, b, c, d, e = 0] of rows) {
        const areExact =
          Number.isSafeInteger(a) &&
          Number.isSafeInteger(b) &&
          Number.isSafeInteger(c) &&
          Number.isSafeInteger(d) &&
          Number.isSafeInteger(e);
        if (!areExact) return false;
        add(a, b, c, d, e);
      }
    }
    return true;
  }

  #areSumsRight(): boolean {
    const { months, days, organizationMonths, typeDays, keyDays, keyEvents } = this.#seeds;
    const stored = new SumOfProducts();
    let states = this.#states;
    const addMonth = (membershipId: number, month: number, spent: number) => {
      stored.add(spent, weight(months, membershipId, month, 0));
      if (
        this.#reversedMembers.has(membershipId) &&
        this.#reversedMonths.has(monthKey(membershipId, month))
      ) {
        return;
      }
      states = (states - this.#state(membershipId, month, spent) + this.#state(membershipId, month, 0)) | 0;
    };
    const addWith = (seed: number) => (a: number, b: number, c: number, spent: number) =>
      stored.add(spent, weight(seed, a, b, c));
    return (
      this.#eachSum("membership_months", ["membership_id", "month"], "spent, 0", addMonth) &&
      this.#eachSum(
        "organization_days",
        ["organization_id", "day", "application_id"],
        "spent",
        addWith(days),
      ) &&
      this.#eachSum(
        "organization_months",
        ["application_id", "month", "organization_id"],
        "spent",
        addWith(organizationMonths),
      ) &&
      this.#eachSum(
        "credit_type_days",
        ["credit_type_id", "day", "application_id"],
        "spent",
        addWith(typeDays),
      ) &&
      this.#eachSum(
        "api_key_days",
        ["api_key_id", "day", "credit_type_id"],
        "spent, events",
        (apiKeyId, day, creditTypeId, spent, events) => {
          stored.add(spent, weight(keyDays, apiKeyId, day, creditTypeId));
          stored.add(events, weight(keyEvents, apiKeyId, day, creditTypeId));
        },
      ) &&
      stored.value() === this.#total.value() &&
      states === 0
    );
  }

  #areAccountsRight(): boolean {
    const size = this.#size("members");
    if (!this.#isRight) return false;
    const spentOf = new Float64Array(size);
    const lastOf = new Float64Array(size);
    let areRight = true;
    const isComplete =
      this.#eachSum(
        "memberships",
        ["id"],
        "member_id, coalesce(last_active_at, 0), spent",
        (membershipId, memberId, lastActiveAt, spent) => {
          const activeAt = this.#lastActiveAt[membershipId] ?? 0;
          const sum = (spentOf[memberId] ?? Number.NaN) + spent;
          areRight &&=
            this.#spent[membershipId] === spent && activeAt === lastActiveAt && Number.isSafeInteger(sum);
          spentOf[memberId] = sum;
          lastOf[memberId] = Math.max(lastOf[memberId] ?? 0, activeAt);
        },
      ) &&
      this.#eachSum(
        "members",
        ["id"],
        "0, coalesce(last_active_at, 0), spent",
        (id, _, lastActiveAt, spent) => {
          areRight &&= spentOf[id] === spent && lastOf[id] === lastActiveAt;
        },
      );
    return isComplete && areRight;
  }
}

import type Sqlite from "better-sqlite3";
import { plainCredits } from "#lib/credits.ts";
import { ACCOUNTS, type Account, type EntryKind, effectsOf } from "#lib/ledger/rules.ts";
import { readInPieces } from "../pieces.ts";
import type { EntryReferences } from "../references.ts";
import type { Fault } from "../report.ts";
import type { WeightedSums } from "../weighted-sums.ts";
import { ENTRY_COLUMNS, type EntryRow, followChain } from "./chain.ts";
import type { IndexSums } from "./indexes.ts";
import { type Integer, integer, isInteger, negative, plus } from "./integers.ts";
import { checkTotals, NO_ENTRIES, type OrganizationSums, type PoolSums } from "./totals.ts";

const HOUR_MS = 3_600_000;

/** 20251123 of a UTC instant. */
function utcDay(milliseconds: number): number {
  const at = new Date(milliseconds);
  return at.getUTCFullYear() * 10_000 + (at.getUTCMonth() + 1) * 100 + at.getUTCDate();
}

/** The instants, from `start` until before `end`, at which it was that day somewhere: zones go from UTC−12 to UTC+14. */
type DayRange = { start: number; end: number };

/** A number that is not a day gives an empty range. */
function rangeOf(day: number): DayRange {
  const midnight = Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100);
  return utcDay(midnight) === day
    ? { start: midnight - 14 * HOUR_MS, end: midnight + 36 * HOUR_MS }
    : { start: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY };
}

type LedgerCheck = {
  fault: Fault;
  chainFault: Fault;
  sums: WeightedSums;
  references: EntryReferences;
  indexes?: IndexSums;
  /** Called now and then with the share of the entries that were read. */
  onShare: (share: number) => void;
};

const ENTRIES_A_SHARE = 50_000;

/**
 * Walks over the ledger once, in order of ids, with a running sum for each pool and organization: no gap, no negative
 * balance, each entry's own balance right, and at the end the counters of pools and organizations. The same walk checks
 * the hash chain, and reports its faults to `chainFault`. What was spent is added to `sums`, what each entry refers to to
 * `references`, and what the indexes should have to `indexes`.
 */
export function checkLedger(
  sqlite: Sqlite.Database,
  { chainFault, ...check }: LedgerCheck,
): { entries: number; hash: string } {
  const chain = followChain(sqlite, chainFault);
  try {
    const entries = checkEntries(sqlite, check, chain.add);
    return { entries, hash: chain.end() };
  } finally {
    chain.close();
  }
}

/** After damage to the file a column may contain anything. */
const numberOrNull = (value: unknown) => (value === null ? null : Number(value));
const shown = (amount: Integer) => plainCredits(BigInt(amount));
const nameOf = (id: number) => `ledger_entries ${id}`;

function checkEntries(
  sqlite: Sqlite.Database,
  { fault, sums, references, indexes, onShare }: Omit<LedgerCheck, "chainFault">,
  addToChain: (id: number, row: EntryRow) => void,
): number {
  const last = sqlite.prepare("SELECT max(id) FROM ledger_entries").pluck().get() as bigint | null;
  const pools = new Map<number, PoolSums>();
  const organizations = new Map<number, OrganizationSums>();
  const ranges = new Map<number, DayRange>();
  let entries = 0;
  let expectedId = 1;
  const pieces = readInPieces<EntryRow>(sqlite, "ledger_entries", {
    key: ["id"],
    columns: ENTRY_COLUMNS,
    safeIntegers: false,
  });
  const readAmounts = sqlite
    .prepare("SELECT amount, balance_after FROM ledger_entries WHERE id = ?")
    .raw()
    .safeIntegers(true);
  for (const rows of pieces) {
    for (const row of rows) check(row);
    if (entries % ENTRIES_A_SHARE === 0) onShare(entries / Number(last));
  }

  function check(row: EntryRow): void {
    const id = row[0];
    if (!Number.isSafeInteger(id)) throw new RangeError(`the id ${id} is too large`);
    addToChain(id, row);
    const kind = (row[6] ?? "spend") as EntryKind;
    const debitAccount = (row[7] ?? "organization") as Account;
    const creditAccount = (row[8] ?? "consumed") as Account;
    const typeId = Number(row[10]);
    const organizationId = numberOrNull(row[11]);
    const membershipId = numberOrNull(row[12]);
    const applicationId = numberOrNull(row[13]);
    const apiKeyId = numberOrNull(row[14]);
    const occurredAt = Number(row[15]);
    const day = Number(row[16]);
    let [amount, balanceAfter]: unknown[] = [row[9], row[17]];
    if (!isInteger(amount) || !isInteger(balanceAfter)) {
      const exact = (readAmounts.get(id) ?? [amount, balanceAfter]) as unknown[];
      [amount, balanceAfter] = exact.map((value) => (typeof value === "bigint" ? integer(value) : value));
    }
    entries += 1;
    if (id !== expectedId) {
      const missing = id - 1 === expectedId ? `${expectedId} is` : `${expectedId} to ${id - 1} are`;
      fault(nameOf(id), `before it, ${missing} missing`);
    }
    expectedId = id + 1;
    references.add(typeId, organizationId, membershipId, applicationId, apiKeyId);
    // After a flipped byte, a column whose type SQLite does not enforce may contain anything. Only a usage event may be
    // of 0 credits.
    const least = debitAccount === "consumed" || creditAccount === "consumed" ? 0 : 1;
    if (!isInteger(amount) || !isInteger(balanceAfter) || amount < least) {
      fault(nameOf(id), `holds no amount: ${String(amount)}, balance ${String(balanceAfter)}`);
      indexes?.giveUp();
      return;
    }
    indexes?.add({
      id,
      kind,
      creditTypeId: typeId,
      organizationId,
      membershipId,
      applicationId,
      apiKeyId,
      reversesId: numberOrNull(row[20]),
      occurredAt,
      day,
      externalId: row[2],
      source: row[3],
      model: row[21],
      signed: creditAccount === "consumed" ? amount : negative(amount),
    });
    const isSpend = kind === "spend" && debitAccount === "organization" && creditAccount === "consumed";
    if (!isSpend && kind !== "reversal") {
      const accounts = Object.hasOwn(ACCOUNTS, kind) ? ACCOUNTS[kind] : null;
      if (accounts?.debitAccount !== debitAccount || accounts?.creditAccount !== creditAccount) {
        fault(nameOf(id), `kind ${kind} does not go from ${debitAccount} to ${creditAccount}`);
      }
    }
    let range = ranges.get(day);
    if (!range) {
      range = rangeOf(day);
      ranges.set(day, range);
    }
    if (!(occurredAt >= range.start && occurredAt < range.end)) {
      fault(nameOf(id), `counts in the day ${row[16]} but occurred at ${new Date(occurredAt).toISOString()}`);
    }
    const effects = isSpend
      ? { available: 0, purchased: 0, balance: negative(amount), spent: amount }
      : effectsOf({ debitAccount, creditAccount }, BigInt(amount));
    if (membershipId !== null) {
      sums.add({
        reversalId: kind === "spend" ? null : id,
        signed: effects.spent,
        creditTypeId: typeId,
        organizationId: organizationId ?? 0,
        membershipId,
        applicationId: applicationId ?? 0,
        apiKeyId,
        occurredAt,
        day,
        monthSpentAfter: row[18],
        allowanceThen: row[19],
      });
    }
    let pool = pools.get(typeId);
    if (!pool) {
      pool = { ...NO_ENTRIES };
      pools.set(typeId, pool);
    }
    pool.lastEntryId = id;
    // A spend changes no pool.
    if (!isSpend) {
      pool.available = plus(pool.available, effects.available);
      pool.purchased = plus(pool.purchased, effects.purchased);
    }
    pool.spent = plus(pool.spent, effects.spent);
    pool.balance = plus(pool.balance, effects.balance);
    if (pool.available < 0) {
      fault(nameOf(id), `leaves the pool of credit type ${typeId} with ${shown(pool.available)}`);
    }
    let balance = pool.available;
    if (organizationId !== null) {
      let organization = organizations.get(organizationId);
      if (!organization) {
        organization = { balance: 0, spent: 0, creditTypeId: typeId };
        organizations.set(organizationId, organization);
      }
      organization.balance = plus(organization.balance, effects.balance);
      organization.spent = plus(organization.spent, effects.spent);
      balance = organization.balance;
      if (balance < 0) fault(nameOf(id), `leaves organization ${organizationId} with ${shown(balance)}`);
      if (organization.creditTypeId !== typeId) {
        fault(
          nameOf(id),
          `is in credit type ${typeId}, organization ${organizationId}'s are in ${organization.creditTypeId}`,
        );
      }
    }
    if (balance !== balanceAfter) {
      fault(nameOf(id), `has a balance of ${shown(balanceAfter)} after it, but the sum is ${shown(balance)}`);
    }
  }

  checkTotals(sqlite, { pools, organizations }, fault);
  return entries;
}

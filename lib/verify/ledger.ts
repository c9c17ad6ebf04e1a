import type Sqlite from "better-sqlite3";
import { CHAIN_START, CHAINED_TEXT_COLUMNS, ChainedGroup } from "#db/ledger-chain.ts";
import { plainCredits } from "#lib/credits.ts";
import { ACCOUNTS, type Account, type EntryKind, effectsOf, oppositeAccounts } from "#lib/ledger/rules.ts";
import { readInPieces } from "./pieces.ts";
import type { EntryReferences } from "./references.ts";
import type { Fault } from "./report.ts";
import type { WeightedSums } from "./weighted-sums.ts";

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

/**
 * The columns of {@link CHAINED_TEXT_COLUMNS}, and those that the walk looks at. What nearly all entries have is null,
 * because the driver makes a null in less time than a value.
 */
type EntryRow = readonly [
  id: bigint,
  head: string,
  externalId: string,
  source: string,
  metadata: string | null,
  note: string | null,
  /** Null for a spend. */
  kind: string | null,
  /** Null for `organization`. */
  debitAccount: string | null,
  /** Null for `consumed`. */
  creditAccount: string | null,
  amount: bigint,
  creditTypeId: bigint,
  organizationId: bigint | null,
  membershipId: bigint | null,
  applicationId: bigint | null,
  apiKeyId: bigint | null,
  occurredAt: bigint,
  day: bigint,
  balanceAfter: bigint,
  monthSpentAfter: bigint | null,
  allowanceThen: bigint | null,
];

const ENTRY_COLUMNS = `${CHAINED_TEXT_COLUMNS}, nullif(kind, 'spend'), nullif(debit_account, 'organization'),
  nullif(credit_account, 'consumed'), amount, credit_type_id, organization_id, membership_id, application_id,
  api_key_id, occurred_at, day, balance_after, month_spent_after, allowance_then`;

type ChainRow = [lastId: bigint, hash: Buffer];

/** Follows the hash chain beside a walk over the entries, and names what was altered since it was recorded. */
function followChain(sqlite: Sqlite.Database, fault: Fault) {
  const rows = sqlite
    .prepare("SELECT last_id, hash FROM ledger_chain ORDER BY last_id")
    .raw()
    .iterate() as IterableIterator<ChainRow>;
  const next = () => {
    const step = rows.next();
    return step.done ? undefined : step.value;
  };
  let chainRow = next();
  let previous = CHAIN_START;
  let group = new ChainedGroup(previous);
  let firstId = 1n;
  let isReadable = true;

  function endGroup([lastId, hash]: ChainRow): void {
    if (!isReadable || !group.end().equals(hash)) {
      const name = lastId === firstId ? `ledger_entries ${lastId}` : `ledger_entries ${firstId} to ${lastId}`;
      fault(name, "altered since it was recorded: the hash does not match the content");
    }
    // The stored hash, so that one altered entry is not reported again for every later one.
    previous = hash;
    group = new ChainedGroup(previous);
    isReadable = true;
    firstId = lastId + 1n;
    chainRow = next();
  }

  return {
    add(id: bigint, row: EntryRow): void {
      while (chainRow && chainRow[0] < id) endGroup(chainRow);
      if (!chainRow) {
        fault(`ledger_entries ${id}`, "was not added by the portal: the chain ends before it");
        return;
      }
      try {
        group.addText(row[1], row[2], row[3], row[4], row[5]);
      } catch (error) {
        // After damage to the file a column may contain anything.
        if (!(error instanceof TypeError)) throw error;
        isReadable = false;
      }
      if (chainRow[0] === id) endGroup(chainRow);
    },
    /** @returns the hash at the end of the chain, in hexadecimal digits. */
    end(): string {
      while (chainRow) endGroup(chainRow);
      return previous.toString("hex");
    },
    close: () => rows.return?.(),
  };
}

type LedgerCheck = {
  fault: Fault;
  chainFault: Fault;
  sums: WeightedSums;
  references: EntryReferences;
  /** Called now and then with the share of the entries that were read. */
  onShare: (share: number) => void;
};

const ENTRIES_A_SHARE = 50_000;

/**
 * Walks over the ledger once, in order of ids, with a running sum for each pool and organization: no gap, no negative
 * balance, each entry's own balance right, and at the end the counters of pools and organizations. The same walk checks
 * the hash chain, and reports its faults to `chainFault`. What was spent is added to `sums`, and what each entry refers to
 * to `references`.
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

/** What the entries of one credit type add up to. */
type PoolSums = {
  available: bigint;
  purchased: bigint;
  spent: bigint;
  balance: bigint;
  lastEntryId: bigint | null;
};

const NO_ENTRIES: PoolSums = { available: 0n, purchased: 0n, spent: 0n, balance: 0n, lastEntryId: null };

type OrganizationSums = { balance: bigint; spent: bigint; creditTypeId: number };

const numberOrNull = (value: bigint | null) => (value === null ? null : Number(value));
const nameOf = (id: bigint) => `ledger_entries ${id}`;

function checkEntries(
  sqlite: Sqlite.Database,
  { fault, sums, references, onShare }: Omit<LedgerCheck, "chainFault">,
  addToChain: (id: bigint, row: EntryRow) => void,
): number {
  const last = sqlite.prepare("SELECT max(id) FROM ledger_entries").pluck().get() as bigint | null;
  const pools = new Map<number, PoolSums>();
  const organizations = new Map<number, OrganizationSums>();
  const ranges = new Map<number, DayRange>();
  let entries = 0;
  let expectedId = 1n;
  const pieces = readInPieces<EntryRow>(sqlite, "ledger_entries", {
    key: ["id"],
    columns: ENTRY_COLUMNS,
    safeIntegers: true,
  });
  for (const rows of pieces) {
    for (const row of rows) check(row);
    if (entries % ENTRIES_A_SHARE === 0) onShare(entries / Number(last));
  }

  function check(row: EntryRow): void {
    const id = row[0];
    addToChain(id, row);
    const kind = (row[6] ?? "spend") as EntryKind;
    const debitAccount = (row[7] ?? "organization") as Account;
    const creditAccount = (row[8] ?? "consumed") as Account;
    const amount = row[9];
    const typeId = Number(row[10]);
    const organizationId = numberOrNull(row[11]);
    const membershipId = numberOrNull(row[12]);
    const applicationId = numberOrNull(row[13]);
    const occurredAt = Number(row[15]);
    const day = Number(row[16]);
    const balanceAfter = row[17];
    entries += 1;
    if (id !== expectedId) {
      const missing = id - 1n === expectedId ? `${expectedId} is` : `${expectedId} to ${id - 1n} are`;
      fault(nameOf(id), `before it, ${missing} missing`);
    }
    expectedId = id + 1n;
    references.add(typeId, organizationId, membershipId, applicationId, numberOrNull(row[14]));
    // After a flipped byte, a column whose type SQLite does not enforce may contain anything. Only a usage event may be
    // of 0 credits.
    const least = debitAccount === "consumed" || creditAccount === "consumed" ? 0n : 1n;
    if (typeof amount !== "bigint" || typeof balanceAfter !== "bigint" || amount < least) {
      fault(nameOf(id), `holds no amount: ${String(amount)}, balance ${String(balanceAfter)}`);
      return;
    }
    const isSpend = kind === "spend" && debitAccount === "organization" && creditAccount === "consumed";
    if (!isSpend && kind !== "reversal") {
      const accounts = Object.hasOwn(ACCOUNTS, kind) ? ACCOUNTS[kind] : null;
      if (accounts?.debitAccount !== debitAccount || accounts?.creditAccount !== creditAccount) {
        fault(nameOf(id), `a ${kind} does not go from ${debitAccount} to ${creditAccount}`);
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
      ? { available: 0n, purchased: 0n, balance: -amount, spent: amount }
      : effectsOf({ debitAccount, creditAccount }, amount);
    if (membershipId !== null) {
      sums.add({
        reversalId: kind === "spend" ? null : Number(id),
        signed: effects.spent,
        creditTypeId: typeId,
        organizationId: organizationId ?? 0,
        membershipId,
        applicationId: applicationId ?? 0,
        apiKeyId: numberOrNull(row[14]),
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
    // Adding 0n would create a bigint too, and a spend changes no pool.
    if (effects.available !== 0n) pool.available += effects.available;
    if (effects.purchased !== 0n) pool.purchased += effects.purchased;
    pool.spent += effects.spent;
    pool.balance += effects.balance;
    if (pool.available < 0n) {
      fault(nameOf(id), `leaves the pool of credit type ${typeId} with ${plainCredits(pool.available)}`);
    }
    let balance = pool.available;
    if (organizationId !== null) {
      let organization = organizations.get(organizationId);
      if (!organization) {
        organization = { balance: 0n, spent: 0n, creditTypeId: typeId };
        organizations.set(organizationId, organization);
      }
      organization.balance += effects.balance;
      organization.spent += effects.spent;
      balance = organization.balance;
      if (balance < 0n)
        fault(nameOf(id), `leaves organization ${organizationId} with ${plainCredits(balance)}`);
      if (organization.creditTypeId !== typeId) {
        fault(
          nameOf(id),
          `is in credit type ${typeId}, organization ${organizationId}'s are in ${organization.creditTypeId}`,
        );
      }
    }
    if (balance !== balanceAfter) {
      fault(
        nameOf(id),
        `has a balance of ${plainCredits(balanceAfter)} after it, but the sum is ${plainCredits(balance)}`,
      );
    }
  }

  for (const type of sqlite
    .prepare(
      "SELECT id, name, available, total_purchased, total_spent, balance, last_entry_id FROM credit_types ORDER BY id",
    )
    .iterate() as IterableIterator<Record<string, bigint>>) {
    const truth = pools.get(Number(type.id)) ?? NO_ENTRIES;
    const name = `credit_types ${type.id} (${type.name})`;
    differs(fault, name, "available", type.available, truth.available);
    differs(fault, name, "total_purchased", type.total_purchased, truth.purchased);
    differs(fault, name, "total_spent", type.total_spent, truth.spent);
    differs(fault, name, "balance", type.balance, truth.balance);
    if (type.last_entry_id !== truth.lastEntryId) {
      fault(name, `its newest entry is ${type.last_entry_id}, but ${truth.lastEntryId} in the ledger`);
    }
    // The sum of the counters: outside + pool + organizations + consumed.
    const accounts =
      (type.available ?? 0n) + (type.balance ?? 0n) + (type.total_spent ?? 0n) - (type.total_purchased ?? 0n);
    if (accounts !== 0n) fault(name, `its accounts sum to ${plainCredits(accounts)} instead of 0`);
  }
  for (const row of sqlite
    .prepare("SELECT id, code, credit_type_id, balance, spent, credits_moved FROM organizations ORDER BY id")
    .iterate() as IterableIterator<Record<string, bigint>>) {
    const truth = organizations.get(Number(row.id));
    const name = `organizations ${row.id} (${row.code})`;
    differs(fault, name, "balance", row.balance, truth?.balance ?? 0n);
    differs(fault, name, "spent", row.spent, truth?.spent ?? 0n);
    if (truth && truth.creditTypeId !== Number(row.credit_type_id)) {
      fault(name, `draws from credit type ${row.credit_type_id}, its entries are in ${truth.creditTypeId}`);
    }
    if ((row.credits_moved === 1n) !== (truth !== undefined)) {
      fault(
        name,
        truth
          ? "credits_moved is 0, but the ledger has entries"
          : "credits_moved is 1, but the ledger has no entries",
      );
    }
  }
  return entries;
}

function differs(fault: Fault, row: string, column: string, kept: unknown, truth: bigint): void {
  if (kept === truth) return;
  const shown = typeof kept === "bigint" ? plainCredits(kept) : String(kept);
  fault(row, `${column} is ${shown}, but ${plainCredits(truth)} in the ledger`);
}

type ReversalRow = {
  id: bigint;
  reverses_id: bigint;
  kind: EntryKind | null;
  debit: Account;
  credit: Account;
  debit_before: Account;
  credit_before: Account;
  same: bigint;
  times: bigint;
};

/** Each reversal is the opposite of one earlier entry, in every part, and that entry has no other. */
export function checkReversals(sqlite: Sqlite.Database, fault: Fault): void {
  const rows = sqlite
    .prepare(
      `SELECT r.id, r.reverses_id, e.kind, r.debit_account AS debit, r.credit_account AS credit,
         e.debit_account AS debit_before, e.credit_account AS credit_before,
         (r.amount = e.amount AND r.credit_type_id = e.credit_type_id AND r.organization_id IS e.organization_id
          AND r.membership_id IS e.membership_id AND r.application_id IS e.application_id
          AND r.occurred_at = e.occurred_at AND r.day = e.day) AS same,
         (SELECT count(*) FROM ledger_entries o WHERE o.reverses_id = r.reverses_id AND o.id < r.id) AS times
       FROM ledger_entries r LEFT JOIN ledger_entries e ON e.id = r.reverses_id AND e.id < r.id
       WHERE r.reverses_id IS NOT NULL`,
    )
    .iterate() as IterableIterator<ReversalRow>;
  for (const row of rows) {
    const name = `ledger_entries ${row.id}`;
    if (row.kind === null) {
      fault(name, `reverses ${row.reverses_id}, which is no earlier entry`);
      continue;
    }
    if (row.kind === "reversal") fault(name, `reverses ${row.reverses_id}, which is a reversal itself`);
    const opposite = oppositeAccounts({ debitAccount: row.debit_before, creditAccount: row.credit_before });
    if (row.same !== 1n || opposite.debitAccount !== row.debit || opposite.creditAccount !== row.credit) {
      fault(name, `is not the opposite of ${row.reverses_id}, which it reverses`);
    }
    if (row.times > 0n) fault(name, `reverses ${row.reverses_id}, which was reversed before`);
  }
}

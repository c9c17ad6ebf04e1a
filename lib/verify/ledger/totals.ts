import type Sqlite from "better-sqlite3";
import { plainCredits } from "#lib/credits.ts";
import type { Fault } from "../report.ts";
import { type Integer, integer } from "./integers.ts";

/** What the entries of one credit type add up to. */
export type PoolSums = {
  available: Integer;
  purchased: Integer;
  spent: Integer;
  balance: Integer;
  lastEntryId: number | null;
};

export const NO_ENTRIES: PoolSums = {
  available: 0,
  purchased: 0,
  spent: 0,
  balance: 0,
  lastEntryId: null,
};

export type OrganizationSums = { balance: Integer; spent: Integer; creditTypeId: number };

/** What the ledger adds up to, by the ids of credit types and of organizations. */
export type LedgerSums = { pools: Map<number, PoolSums>; organizations: Map<number, OrganizationSums> };

/** Compares the counters of pools and organizations with the sums of the ledger. */
export function checkTotals(
  sqlite: Sqlite.Database,
  { pools, organizations }: LedgerSums,
  fault: Fault,
): void {
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
    if (numberOf(type.last_entry_id) !== truth.lastEntryId) {
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
    differs(fault, name, "balance", row.balance, truth?.balance ?? 0);
    differs(fault, name, "spent", row.spent, truth?.spent ?? 0);
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
}

const numberOf = (value: unknown) => (typeof value === "bigint" ? integer(value) : value);

function differs(fault: Fault, row: string, column: string, kept: unknown, truth: Integer): void {
  if (numberOf(kept) === truth) return;
  const shown = typeof kept === "bigint" ? plainCredits(kept) : String(kept);
  fault(row, `${column} is ${shown}, but ${plainCredits(BigInt(truth))} in the ledger`);
}

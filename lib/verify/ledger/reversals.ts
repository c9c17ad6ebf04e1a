import type Sqlite from "better-sqlite3";
import { type Account, type EntryKind, oppositeAccounts } from "#lib/ledger/rules.ts";
import type { Fault } from "../report.ts";

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

import type Sqlite from "better-sqlite3";
import { CHAIN_START, CHAINED_TEXT_COLUMNS, ChainedGroup } from "#db/ledger-chain.ts";
import type { Fault } from "../report.ts";

/**
 * The columns of {@link CHAINED_TEXT_COLUMNS}, and those that the walk looks at. What nearly all entries have is null,
 * because the driver makes a null in less time than a value.
 */
export type EntryRow = readonly [
  id: number,
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
  amount: number,
  creditTypeId: number,
  organizationId: number | null,
  membershipId: number | null,
  applicationId: number | null,
  apiKeyId: number | null,
  occurredAt: number,
  day: number,
  balanceAfter: number,
  monthSpentAfter: number | null,
  allowanceThen: number | null,
  reversesId: number | null,
  model: string | number | null,
];

export const ENTRY_COLUMNS = `${CHAINED_TEXT_COLUMNS}, nullif(kind, 'spend'), nullif(debit_account, 'organization'),
  nullif(credit_account, 'consumed'), amount, credit_type_id, organization_id, membership_id, application_id,
  api_key_id, occurred_at, day, balance_after, month_spent_after, allowance_then, reverses_id,
  CASE WHEN json_valid(metadata) THEN metadata ->> '$.model' END`;

type ChainRow = [lastId: number, hash: Buffer];

/** Follows the hash chain beside a walk over the entries, and names what was altered since it was recorded. */
export function followChain(sqlite: Sqlite.Database, fault: Fault) {
  const rows = sqlite
    .prepare("SELECT last_id, hash FROM ledger_chain ORDER BY last_id")
    .raw()
    .safeIntegers(false)
    .iterate() as IterableIterator<ChainRow>;
  const next = () => {
    const step = rows.next();
    return step.done ? undefined : step.value;
  };
  let chainRow = next();
  let previous = CHAIN_START;
  let group = new ChainedGroup(previous);
  let firstId = 1;
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
    firstId = lastId + 1;
    chainRow = next();
  }

  return {
    add(id: number, row: EntryRow): void {
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

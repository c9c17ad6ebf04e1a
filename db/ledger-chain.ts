import { hash } from "node:crypto";
import type Sqlite from "better-sqlite3";

// The hash chain over the ledger's entries. It is in db/ because a migration computes it over the entries that were
// there before the chain. For the same reason neither the columns nor their text may ever change.

/** The columns under the hash, in the order of an entry's text. */
export const CHAINED_COLUMNS = [
  "id",
  "kind",
  "debit_account",
  "credit_account",
  "amount",
  "credit_type_id",
  "organization_id",
  "membership_id",
  "application_id",
  "reverses_id",
  "occurred_at",
  "day",
  "recorded_at",
  "balance_after",
  "month_spent_after",
  "allowance_then",
  "api_key_id",
  "request_hash",
  "external_id",
  "source",
  "metadata",
  "note",
] as const;

type Integer = number | bigint | null;

/** The values of {@link CHAINED_COLUMNS}. After damage to a file they may be of any type. */
export type ChainedValues = readonly [
  id: number | bigint,
  kind: string,
  debitAccount: string,
  creditAccount: string,
  amount: bigint,
  creditTypeId: number | bigint,
  organizationId: Integer,
  membershipId: Integer,
  applicationId: Integer,
  reversesId: Integer,
  occurredAt: number | bigint,
  day: number | bigint,
  recordedAt: number | bigint,
  balanceAfter: bigint,
  monthSpentAfter: bigint | null,
  allowanceThen: bigint | null,
  apiKeyId: Integer,
  requestHash: Buffer,
  externalId: string,
  source: string,
  metadata: string | null,
  note: string | null,
];

// A text comes with its length, so that no text can look like the fields that follow it. SQLite keeps text as UTF-8,
// which has no lone surrogates.
function measured(text: string | null): string {
  if (text === null) return "null";
  const wellFormed = text.toWellFormed();
  return `${wellFormed.length}:${wellFormed}`;
}

// By index, because taking an array apart by a pattern costs more than the text.
function headOf(v: ChainedValues): string {
  return `${v[0]} ${v[1]} ${v[2]} ${v[3]} ${v[4]} ${v[5]} ${v[6]} ${v[7]} ${v[8]} ${v[9]} ${v[10]} ${v[11]} ${v[12]} ${v[13]} ${v[14]} ${v[15]} ${v[16]} ${v[17].toString("hex")}`;
}

/**
 * The arguments of {@link ChainedGroup.addText} as columns of `ledger_entries`. SQLite makes the head, the columns up to
 * the request hash, in less time than the driver needs for 18 separate values.
 */
export const CHAINED_TEXT_COLUMNS = `concat_ws(' ', ${CHAINED_COLUMNS.slice(0, 18)
  .map((column) => (column === "request_hash" ? "lower(hex(request_hash))" : `coalesce(${column}, 'null')`))
  .join(", ")}), ${CHAINED_COLUMNS.slice(18).join(", ")}`;

const HASH_BYTES = 16;
/** How many entries one SHA-256 covers: one call an entry would cost more than everything else here. */
const ENTRIES_A_HASH = 256;

/** The hash before the first entry. */
export const CHAIN_START: Buffer = Buffer.alloc(HASH_BYTES);

/** The entries of one transaction, or of the time before the chain, after the hash `previous`. */
export class ChainedGroup {
  #hash: Buffer;
  #text = "";
  #entries = 0;

  constructor(previous: Buffer) {
    this.#hash = previous;
  }

  add(values: ChainedValues): void {
    this.addText(headOf(values), values[18], values[19], values[20], values[21]);
  }

  /** Does the same as {@link add}, with the values of {@link CHAINED_TEXT_COLUMNS}. */
  addText(
    head: string,
    externalId: string,
    source: string,
    metadata: string | null,
    note: string | null,
  ): void {
    this.#text += `${head} ${measured(externalId)} ${measured(source)} ${measured(metadata)} ${measured(note)}\n`;
    this.#entries += 1;
    if (this.#entries === ENTRIES_A_HASH) this.#fold();
  }

  #fold(): void {
    this.#hash = hash("sha256", this.#hash.toString("hex") + this.#text, "buffer").subarray(0, HASH_BYTES);
    this.#text = "";
    this.#entries = 0;
  }

  /** The hash of the chain up to the last entry: the first 16 bytes of a SHA-256. */
  end(): Buffer {
    if (this.#entries > 0) this.#fold();
    return this.#hash;
  }
}

const PROGRESS_MS = 2_000;

/**
 * Gives `sqlite` the aggregate `ledger_chain_hash(id, …)` over {@link CHAINED_COLUMNS}, which the migration that begins
 * the chain needs. Its rows must come in the order of their ids. A long one reports on standard error how far it is.
 */
export function addChainFunction(sqlite: Sqlite.Database): void {
  sqlite.aggregate("ledger_chain_hash", {
    varargs: true,
    safeIntegers: true,
    start: () => ({ group: new ChainedGroup(CHAIN_START), lastId: 0n, rows: 0, shownAt: performance.now() }),
    step: (chain, ...columns: unknown[]) => {
      const values = columns as unknown as ChainedValues;
      const id = BigInt(values[0]);
      if (id <= chain.lastId)
        throw new Error("ledger_chain_hash needs the entries in the order of their ids");
      chain.group.add(values);
      chain.lastId = id;
      chain.rows += 1;
      if (chain.rows % 10_000 === 0 && performance.now() - chain.shownAt > PROGRESS_MS) {
        chain.shownAt = performance.now();
        process.stderr.write(`Hashing the ledger: ${chain.rows.toLocaleString("en")} entries so far\n`);
      }
      return chain;
    },
    result: (chain) => chain.group.end(),
  });
}

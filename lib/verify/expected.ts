import type Sqlite from "better-sqlite3";
import type { Fault } from "./report.ts";

/** A hash of an entry of one of the two chains, which the operator saved. */
export type ExpectedHash = { chain: "audit" | "ledger"; id: number; hash: string };

/** The number of hexadecimal digits of each chain's hashes. */
const DIGITS = { audit: 64, ledger: 32 } as const;

/** Reads `ID:HASH`, as `verify` prints it; the length of the hash tells the chain. Null for any other text. */
export function readExpectedHash(text: string): ExpectedHash | null {
  const [, id = "", hash = ""] = /^([0-9]{1,15}):([0-9a-f]{1,64})$/i.exec(text) ?? [];
  const chain = (["audit", "ledger"] as const).find((one) => DIGITS[one] === hash.length);
  return chain ? { chain, id: Number(id), hash: hash.toLowerCase() } : null;
}

const FIND = {
  audit: { table: "audit_entries", sql: "SELECT hash FROM audit_entries WHERE id = ?" },
  ledger: { table: "ledger_chain", sql: "SELECT lower(hex(hash)) FROM ledger_chain WHERE last_id = ?" },
};

/**
 * Checks that each entry still has the hash that the operator saved elsewhere. Rewriting a whole chain changes the
 * hashes of all entries.
 */
export function checkExpected(
  sqlite: Sqlite.Database,
  expected: readonly ExpectedHash[],
  fault: Fault,
): void {
  for (const { chain, id, hash } of expected) {
    const { table, sql } = FIND[chain];
    const stored = sqlite.prepare(sql).pluck().get(id) as string | undefined;
    if (stored === undefined) fault(`${table} ${id}`, "is missing, but its hash was expected");
    else if (stored !== hash) fault(`${table} ${id}`, `has the hash ${stored}, expected ${hash}`);
  }
}

import { existsSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { CHAIN_START } from "#db/ledger-chain.ts";
import { pendingMigrations } from "#db/migrate.ts";
import { GENESIS_HASH } from "#lib/audit/commands.ts";
import { checkAuditChain } from "./audit.ts";
import { checkAuditTrail } from "./audit-trail.ts";
import { COUNTERS, checkCounters, checkReferences, sumSpending } from "./counters.ts";
import { checkExpected, type ExpectedHash } from "./expected.ts";
import { checkLedger, checkReversals } from "./ledger.ts";
import { type CheckReport, collectFaults, type Fault, type VerifyReport } from "./report.ts";
import { checkSchema } from "./schema.ts";
import { checkDerivedColumns } from "./search.ts";
import { WeightedSums } from "./weighted-sums.ts";

/** Raised with one line for the operator when there is nothing that could be verified. */
export class UnverifiableError extends Error {}

/** How many rows of each check a report names; all are counted. */
export const NAMED_ROWS = 20;

export type VerifyOptions = {
  /** How many faults of each check are named. */
  limit?: number;
  /** Hashes that were kept of earlier runs. */
  expected?: readonly ExpectedHash[];
  /** Called with the name of each check before it begins, and during the longest with a share from 0 to 1. */
  onProgress?: (check: string, share?: number) => void;
};

/**
 * Checks a database file against itself: SQLite's own structures, every balance and counter against the ledger,
 * the folded texts of search, the audit chain. Reads one snapshot, takes no lock that a writer would wait for, and keeps what it
 * sorts in temporary files beside the database. Meanwhile the write-ahead log cannot be emptied and grows.
 *
 * @throws UnverifiableError
 */
export function verifyDatabase(
  file: string,
  { limit = NAMED_ROWS, expected = [], onProgress = () => {} }: VerifyOptions = {},
): VerifyReport {
  if (!existsSync(file)) throw new UnverifiableError(`There is no database at ${file}.`);
  // Sorting may need as much space as the ledger: beside it there is some, in /tmp there may not be.
  process.env.SQLITE_TMPDIR ??= path.dirname(file);
  const sqlite = new Sqlite(file, { readonly: true, timeout: 10_000 });
  try {
    sqlite.defaultSafeIntegers(true);
    sqlite.pragma("temp_store = FILE");
    sqlite.pragma("trusted_schema = OFF");
    sqlite.pragma("cache_size = -64000");
    const pending = pendingMigrations(sqlite);
    if (pending.length > 0) {
      throw new UnverifiableError(
        `${file} is of an older version: start the portal once to bring it to this one (${pending.join(", ")}).`,
      );
    }
    sqlite.exec("BEGIN");
    return verifySnapshot(sqlite, file, { limit, expected, onProgress });
  } catch (error) {
    if (error instanceof Sqlite.SqliteError && error.code === "SQLITE_NOTADB") {
      throw new UnverifiableError(`${file} is no database, or its first page is damaged.`);
    }
    throw error;
  } finally {
    sqlite.close();
  }
}

function verifySnapshot(
  sqlite: Sqlite.Database,
  file: string,
  { limit, expected, onProgress }: Required<VerifyOptions>,
): VerifyReport {
  const checks: CheckReport[] = [];
  /** What stops a check is a fault too: of a damaged page one reads nothing. */
  const check = <T>(name: string, run: (fault: Fault) => T): T | undefined => {
    const { report, fault } = collectFaults(name, limit);
    checks.push(report);
    onProgress(name);
    try {
      return run(fault);
    } catch (error) {
      if (
        !(error instanceof Sqlite.SqliteError || error instanceof SyntaxError || error instanceof RangeError)
      ) {
        throw error;
      }
      fault("the database", `cannot be read further: ${error.message}`);
      return undefined;
    }
  };

  check("integrity", (fault) => checkIntegrity(sqlite, fault));
  check("schema", (fault) => checkSchema(sqlite, fault));
  check("references", (fault) => checkReferences(sqlite, fault));
  const ledgerChain = collectFaults("ledger chain", limit);
  const sums = new WeightedSums(sqlite);
  const ledger = check("ledger", (fault) =>
    checkLedger(sqlite, {
      fault,
      chainFault: ledgerChain.fault,
      sums,
      onShare: (share) => onProgress("ledger", share),
    }),
  );
  checks.push(ledgerChain.report);
  check("reversals", (fault) => checkReversals(sqlite, fault));
  // When all sums of spending agree, as they nearly always do, the exact comparison by row has nothing to find.
  const agree = check("spending", () => {
    const agree = ledger !== undefined && sums.agree();
    if (!agree) sumSpending(sqlite);
    return agree;
  });
  for (const [name, comparisons] of Object.entries(COUNTERS)) {
    if (agree === undefined) break;
    const needed = comparisons.filter((one) => !(agree && one.ofSpending));
    check(name, (fault) => checkCounters(sqlite, needed, fault));
  }
  check("keys", (fault) => checkDerivedColumns(sqlite, fault));
  const chain = check("audit", (fault) => checkAuditChain(sqlite, fault));
  check("audit trail", (fault) => checkAuditTrail(sqlite, fault));
  check("expected hashes", (fault) => checkExpected(sqlite, expected, fault));

  const faults = checks.reduce((sum, one) => sum + one.faults, 0);
  return {
    ok: faults === 0,
    file,
    faults,
    checks,
    ledgerEntries: ledger?.entries ?? 0,
    ledgerHash: ledger?.hash ?? CHAIN_START.toString("hex"),
    auditEntries: chain?.entries ?? 0,
    auditHash: chain?.hash ?? GENESIS_HASH,
  };
}

/** SQLite's own check of pages, indexes and constraints. */
function checkIntegrity(sqlite: Sqlite.Database, fault: Fault): void {
  const lines = sqlite.prepare("PRAGMA integrity_check").pluck().iterate() as IterableIterator<string>;
  for (const line of lines) if (line !== "ok") fault("the database", line);
}

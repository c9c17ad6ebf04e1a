import { existsSync, statSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { isDamage } from "#db/copy.ts";
import { CHAIN_START } from "#db/ledger-chain.ts";
import { pendingMigrations } from "#db/migrate.ts";
import { oneLine } from "#db/one-line.ts";
import { sortBeside } from "#db/sort-folder.ts";
import { GENESIS_HASH } from "#lib/audit/commands.ts";
import { checkAlerts } from "./alerts.ts";
import { checkAuditChain } from "./audit/chain.ts";
import { checkAuditTrail } from "./audit/trail.ts";
import { checkBatches } from "./batches.ts";
import { Checks, summaryOf } from "./checks.ts";
import { checkChoices } from "./choices.ts";
import { COUNTERS, checkCounters, sumSpending } from "./counters.ts";
import { checkExpected, type ExpectedHash } from "./expected.ts";
import { checkLedger } from "./ledger/entries.ts";
import { IndexSums } from "./ledger/indexes.ts";
import { checkReversals } from "./ledger/reversals.ts";
import { checkEntryReferences, EntryReferences } from "./references.ts";
import type { VerifyReport } from "./report.ts";
import { checkSchema } from "./schema.ts";
import {
  areSound,
  checkStructures,
  divideStructures,
  nameUnsound,
  newFindings,
  OPEN_READ_ONLY,
  prepareToVerify,
  runUnclaimed,
  STRUCTURES,
  startStructuresThread,
} from "./structures.ts";
import { WeightedSums } from "./weighted-sums.ts";

/** Raised with one line for the operator when a file cannot be verified. */
export class UnverifiableError extends Error {}

/** How many rows of each check a report names; all are counted. */
const NAMED_ROWS = 20;

export type VerifyOptions = {
  /** How many faults of each check are named. */
  limit?: number;
  /** Hashes that earlier runs printed. */
  expected?: readonly ExpectedHash[];
  /** Called with the name of each check before it begins, and during the longest with a share from 0 to 1. */
  onProgress?: (check: string, share?: number) => void;
};

/**
 * Checks a database file against itself: SQLite's own structures, every balance and counter against the ledger, the
 * folded texts of search, and the chains of the ledger and of the audit trail. Reads one snapshot for the structures and
 * one for the rest, and takes no lock that a writer would wait for. What it sorts is in temporary files beside the
 * database. Until it ends, the write-ahead log cannot be emptied and grows.
 *
 * @throws UnverifiableError
 */
export function verifyDatabase(
  file: string,
  { limit = NAMED_ROWS, onProgress = () => {}, expected = [] }: VerifyOptions = {},
): VerifyReport {
  const checks = new Checks(limit, onProgress);
  // Where SQLite finds damage, no temporary table can be made in the same transaction any more.
  withSnapshot(file, (sqlite) => checkStructures(sqlite, checks));
  return withSnapshot(file, (sqlite) =>
    verifySnapshot(sqlite, file, { checks, limit, expected, onProgress }),
  );
}

/** From this size on, in bytes, the checks of the structures take longer than a thread needs to start. */
const THREAD_BYTES = 32_000_000;

/**
 * Does the same as {@link verifyDatabase} in less time: the checks of the structures are divided into parts, which a second
 * thread takes one after another while this one reads the ledger, and then both. Each thread has a snapshot of its own,
 * because every part compares a database only with itself, or with entries of this one's snapshot, which never change.
 *
 * @param threadBytes the size from which a file gets the second thread.
 * @throws UnverifiableError
 */
export async function verifyDatabaseInThreads(
  file: string,
  { threadBytes = THREAD_BYTES, ...options }: VerifyOptions & { threadBytes?: number } = {},
): Promise<VerifyReport> {
  if (!existsSync(file) || statSync(file).size < threadBytes) return verifyDatabase(file, options);
  const { limit = NAMED_ROWS, onProgress = () => {}, expected = [] } = options;
  const indexes = new IndexSums();
  const { report, thread, parts, findings } = withSnapshot(file, (sqlite) => {
    const parts = divideStructures(sqlite, indexes);
    const thread = startStructuresThread(file, limit, parts);
    try {
      const checks = new Checks(limit, onProgress);
      // The reports in their usual order, although this thread finds the others first.
      for (const name of STRUCTURES) checks.add(name);
      const report = verifySnapshot(sqlite, file, { checks, limit, expected, onProgress, indexes });
      const findings = newFindings();
      runUnclaimed(sqlite, checks, parts, findings);
      return { report: { ...report, ...summaryOf(checks.reports, limit) }, thread, parts, findings };
    } catch (error) {
      void thread.stop();
      throw error;
    }
  });
  onProgress("integrity");
  const inThread = await thread.result;
  const all = new Checks(limit, onProgress);
  all.reports.push(...report.checks, ...inThread.reports);
  if (!areSound([findings, inThread.findings], indexes)) {
    withSnapshot(file, (sqlite) => nameUnsound(sqlite, all, parts, indexes));
  }
  return { ...report, ...summaryOf(all.reports, limit) };
}

function withSnapshot<T>(file: string, read: (sqlite: Sqlite.Database) => T): T {
  if (!existsSync(file)) throw new UnverifiableError(`There is no database at ${file}.`);
  if (statSync(file).size === 0) throw new UnverifiableError(`${file} is empty (0 bytes).`);
  sortBeside(file);
  const sqlite = new Sqlite(file, OPEN_READ_ONLY);
  try {
    prepareToVerify(sqlite);
    const pending = pendingMigrations(sqlite);
    if (pending.length > 0) {
      throw new UnverifiableError(
        `${file} is of an older version: start the portal once to bring it to this one (${pending.join(", ")}).`,
      );
    }
    sqlite.exec("BEGIN");
    return read(sqlite);
  } catch (error) {
    if (isDamage(error)) {
      throw new UnverifiableError(
        `${file} is not a database, or is too damaged to be checked (${oneLine(error.message)}).`,
      );
    }
    throw error;
  } finally {
    sqlite.close();
  }
}

type SnapshotChecks = {
  checks: Checks;
  /** What the entries should have in each index, for those who compare it with the indexes. */
  indexes?: IndexSums;
};

/** Every check except those of the structures. */
function verifySnapshot(
  sqlite: Sqlite.Database,
  file: string,
  { checks, limit, expected, onProgress, indexes }: Required<VerifyOptions> & SnapshotChecks,
): VerifyReport {
  checks.run("schema", (fault) => checkSchema(sqlite, fault));
  checks.run("choices", (fault) => checkChoices(sqlite, fault));
  const ledger = checks.run("ledger", (fault) => {
    const sums = new WeightedSums(sqlite);
    const references = new EntryReferences(sqlite);
    const { entries, hash } = checkLedger(sqlite, {
      fault,
      chainFault: checks.add("ledger chain"),
      sums,
      references,
      ...(indexes && { indexes }),
      onShare: (share) => onProgress("ledger", share),
    });
    return { entries, hash, sums, references };
  });
  if (!ledger?.references.areRight()) {
    checks.run("references", (fault) => checkEntryReferences(sqlite, fault));
  }
  checks.run("reversals", (fault) => checkReversals(sqlite, fault));
  // When all sums of spending agree, as they nearly always do, the exact comparison by row has nothing to find.
  const agree = checks.run("spending", () => {
    const agree = ledger?.sums.agree() === true;
    if (!agree) sumSpending(sqlite);
    return agree;
  });
  for (const [name, comparisons] of Object.entries(COUNTERS)) {
    if (agree === undefined) break;
    // Where the indexes are compared, the other counters are among the parts that two threads share.
    const needed = comparisons.filter(({ ofSpending }) => (ofSpending ? !agree : !indexes));
    checks.run(name, (fault) => checkCounters(sqlite, needed, fault));
  }
  checks.run("alerts", (fault) => checkAlerts(sqlite, fault));
  const chain = checks.run("audit", (fault) => checkAuditChain(sqlite, fault));
  checks.run("audit trail", (fault) => checkAuditTrail(sqlite, fault));
  checks.run("batches", (fault) => checkBatches(sqlite, fault));
  checks.run("expected hashes", (fault) => checkExpected(sqlite, expected, fault));
  // The indexes are read by the definitions of the migrations, and the ledger was not read to its end after an error.
  if (ledger === undefined || checks.reports.some(({ name, faults }) => name === "schema" && faults > 0)) {
    indexes?.giveUp();
  }
  return {
    file,
    ...summaryOf(checks.reports, limit),
    ledgerEntries: ledger?.entries ?? 0,
    ledgerHash: ledger?.hash ?? CHAIN_START.toString("hex"),
    auditEntries: chain?.entries ?? 0,
    auditHash: chain?.hash ?? GENESIS_HASH,
  };
}

import path from "node:path";
import Sqlite from "better-sqlite3";
import { startThread } from "#lib/thread.ts";
import type { Checks } from "./checks.ts";
import { COUNTERS, checkCounters } from "./counters.ts";
import { type IndexSums, LEDGER_INDEXES, sumOfIndex } from "./ledger/indexes.ts";
import { checkReferences } from "./references.ts";
import type { CheckReport, Fault } from "./report.ts";
import { checkDerivedColumns } from "./search.ts";

export const OPEN_READ_ONLY = { readonly: true, timeout: 10_000 } as const;

/** Lets a connection read integers as bigints, sort in files and keep 16 MB of pages. */
export function prepareToVerify(sqlite: Sqlite.Database): void {
  sqlite.defaultSafeIntegers(true);
  sqlite.pragma("temp_store = FILE");
  sqlite.pragma("trusted_schema = OFF");
  sqlite.pragma("cache_size = -16000");
}

/** The checks of the structures after SQLite's own. */
const OTHER_CHECKS = [
  ["references", checkReferences],
  ["keys", checkDerivedColumns],
] as const;

/** The names of the checks of {@link checkStructures}. */
export const STRUCTURES = ["integrity", ...OTHER_CHECKS.map(([name]) => name)];

/** Checks pages, indexes, constraints, all references but the ledger's, and that folded texts match their names. */
export function checkStructures(sqlite: Sqlite.Database, checks: Checks): void {
  checks.run("integrity", (fault) => checkIntegrity(sqlite, fault));
  for (const [name, check] of OTHER_CHECKS) checks.run(name, (fault) => check(sqlite, fault));
}

/** SQLite's own check. */
function checkIntegrity(sqlite: Sqlite.Database, fault: Fault): void {
  const lines = sqlite.prepare("PRAGMA integrity_check").pluck().iterate() as IterableIterator<string>;
  for (const line of lines) if (line !== "ok") fault("the database", line);
}

/**
 * The same checks and those of the counters that are not sums of the ledger, in parts, of which each of two threads takes
 * the next that neither has begun.
 */
export type Parts = {
  /** Which parts have begun, in memory that the threads share. */
  claims: Int32Array<SharedArrayBuffer>;
  /** The tables that SQLite compares with their indexes. The ledger is not one of them, if `seed` is not null. */
  tables: readonly string[];
  /** For the sums of the ledger's indexes. */
  seed: number | null;
  /** The last entry of the snapshot in which the entries are read. */
  lastId: number;
};

/** What a thread found in its parts. */
export type Findings = {
  /** False when SQLite's own check has something to name. */
  isSound: boolean;
  /** The sums of the ledger's indexes, by their places; empty where the other thread has added them up. */
  indexSums: (number | null)[];
};

export const newFindings = (): Findings => ({ isSound: true, indexSums: [] });

/**
 * Divides the checks into parts. Reads the schema and the last entry, so that the snapshot of `sqlite` begins.
 *
 * @param indexes gives up where the ledger's indexes are not those that it knows
 */
export function divideStructures(sqlite: Sqlite.Database, indexes: IndexSums): Parts {
  const names = (type: string, condition: string) =>
    sqlite
      .prepare(`SELECT name FROM sqlite_schema WHERE type = ? AND ${condition} ORDER BY name`)
      .pluck()
      .all(type) as string[];
  const found = names("index", "tbl_name = 'ledger_entries'").join();
  const usual = LEDGER_INDEXES.map(({ name }) => name).sort();
  const lastId = found === usual.join() ? lastEntry(sqlite) : null;
  if (lastId === null) indexes.giveUp();
  const tables = names("table", lastId === null ? "1" : "name <> 'ledger_entries'");
  const seed = lastId === null ? null : indexes.seed;
  const plan = { tables, seed, lastId: lastId ?? 0 };
  const bytes = listParts(plan).length * Int32Array.BYTES_PER_ELEMENT;
  return { ...plan, claims: new Int32Array(new SharedArrayBuffer(bytes)) };
}

/** Null where the ledger's last page cannot be read. */
function lastEntry(sqlite: Sqlite.Database): number | null {
  try {
    return Number(sqlite.prepare("SELECT max(id) FROM ledger_entries").pluck().get() ?? 0);
  } catch (error) {
    if (error instanceof Sqlite.SqliteError) return null;
    throw error;
  }
}

type Part = (sqlite: Sqlite.Database, checks: Checks, findings: Findings) => void;

/** The longest parts first, so that both threads end at about the same time. */
function listParts({ tables, seed, lastId }: Omit<Parts, "claims">): Part[] {
  const integrityPart =
    (run: (sqlite: Sqlite.Database, findings: Findings) => void): Part =>
    (sqlite, checks, findings) => {
      checks.run("integrity", () => {
        try {
          run(sqlite, findings);
        } catch (error) {
          if (!(error instanceof Sqlite.SqliteError)) throw error;
          findings.isSound = false;
        }
      });
    };
  const pragmaPart = (pragma: string) =>
    integrityPart((sqlite, findings) => {
      if (sqlite.prepare(`PRAGMA ${pragma}`).pluck().get() !== "ok") findings.isSound = false;
    });
  return [
    ...OTHER_CHECKS.map(
      ([name, check]): Part =>
        (sqlite, checks) => {
          checks.run(name, (fault) => check(sqlite, fault));
        },
    ),
    // Pages and constraints of the whole file, but no rows of indexes.
    pragmaPart("quick_check(1)"),
    ...(seed === null ? [] : LEDGER_INDEXES).map((index, at) =>
      integrityPart((sqlite, findings) => {
        findings.indexSums[at] = null;
        findings.indexSums[at] = sumOfIndex(sqlite, index, { seed: seed ?? 0, lastId });
      }),
    ),
    ...tables.map((table) => pragmaPart(`integrity_check("${table}")`)),
    ...Object.entries(COUNTERS).flatMap(([name, comparisons]) =>
      comparisons
        .filter(({ ofSpending }) => !ofSpending)
        .map(
          (comparison): Part =>
            (sqlite, checks) => {
              checks.run(name, (fault) => checkCounters(sqlite, [comparison], fault));
            },
        ),
    ),
  ];
}

/** Runs those parts that no thread has begun. */
export function runUnclaimed(
  sqlite: Sqlite.Database,
  checks: Checks,
  parts: Parts,
  findings: Findings,
): void {
  for (const [at, run] of listParts(parts).entries()) {
    if (Atomics.exchange(parts.claims, at, 1) === 0) run(sqlite, checks, findings);
  }
}

/** Whether the parts, all of which have been run, leave nothing to SQLite's check of the whole file. */
export function areSound(findings: readonly Findings[], indexes: IndexSums): boolean {
  return (
    findings.every(({ isSound }) => isSound) &&
    LEDGER_INDEXES.every((_, at) =>
      findings.some(({ indexSums }) => indexes.isRight(at, indexSums[at] ?? null)),
    )
  );
}

/**
 * Names what the parts have found, by SQLite's check of the whole file. That check does not look for rows that a partial
 * index has beyond those of its table, so such an index is named by its sum.
 */
export function nameUnsound(
  sqlite: Sqlite.Database,
  checks: Checks,
  { seed, lastId }: Parts,
  indexes: IndexSums,
): void {
  checks.run("integrity", (fault) => {
    let isNamed = false;
    checkIntegrity(sqlite, (row, message) => {
      isNamed = true;
      fault(row, message);
    });
    if (isNamed || seed === null || !indexes.isExact) return;
    for (const [at, index] of LEDGER_INDEXES.entries()) {
      if (!indexes.isRight(at, sumOfIndex(sqlite, index, { seed, lastId }))) {
        fault("ledger_entries", `has other rows than its index ${index.name}`);
      }
    }
  });
}

export type ThreadResult = { reports: CheckReport[]; findings: Findings };

/**
 * Runs parts in a thread, which goes on while this one computes, until none is left. `stop` ends it early.
 */
export function startStructuresThread(
  file: string,
  limit: number,
  parts: Parts,
): { result: Promise<ThreadResult>; stop: () => Promise<unknown> } {
  const thread = startThread(path.join(import.meta.dirname, "structures-thread.ts"), {
    workerData: { file, limit, parts },
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 },
  });
  const result = new Promise<ThreadResult>((resolve, reject) => {
    thread.once("message", resolve);
    thread.once("error", reject);
    thread.once("exit", (code) => reject(new Error(`the check of the structures ended with code ${code}`)));
  });
  // The thread may fail before the caller awaits the result, which would be an unhandled rejection. The caller still
  // gets the error.
  result.catch(() => {});
  return { result, stop: () => thread.terminate() };
}

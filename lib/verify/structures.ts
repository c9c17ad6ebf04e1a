import path from "node:path";
import { Worker } from "node:worker_threads";
import type Sqlite from "better-sqlite3";
import type { Checks } from "./checks.ts";
import type { CheckReport, Fault } from "./report.ts";
import { checkDerivedColumns } from "./search.ts";

export const OPEN_READ_ONLY = { readonly: true, timeout: 10_000 } as const;

/** Lets a connection read integers as bigints, sort in files and keep 64 MB of pages. */
export function prepareToVerify(sqlite: Sqlite.Database): void {
  sqlite.defaultSafeIntegers(true);
  sqlite.pragma("temp_store = FILE");
  sqlite.pragma("trusted_schema = OFF");
  sqlite.pragma("cache_size = -64000");
}

/** Checks pages, indexes, constraints and references, and that folded texts match their names. */
export function checkStructures(sqlite: Sqlite.Database, checks: Checks): void {
  checks.run("integrity", (fault) => checkIntegrity(sqlite, fault));
  checks.run("references", (fault) => checkReferences(sqlite, fault));
  checks.run("keys", (fault) => checkDerivedColumns(sqlite, fault));
}

/** Runs {@link checkStructures} in a thread, which goes on while this one computes. `stop` ends it early. */
export function startStructuresThread(
  file: string,
  limit: number,
): { reports: Promise<CheckReport[]>; stop: () => Promise<unknown> } {
  const thread = new Worker(path.join(import.meta.dirname, "structures-thread.ts"), {
    workerData: { file, limit },
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 },
  });
  const reports = new Promise<CheckReport[]>((resolve, reject) => {
    thread.once("message", resolve);
    thread.once("error", reject);
    thread.once("exit", (code) => reject(new Error(`the check of the structures ended with code ${code}`)));
  });
  // The thread may fail before the caller awaits the reports, which would be an unhandled rejection. The caller still
  // gets the error.
  reports.catch(() => {});
  return { reports, stop: () => thread.terminate() };
}

/** SQLite's own check. */
function checkIntegrity(sqlite: Sqlite.Database, fault: Fault): void {
  const lines = sqlite.prepare("PRAGMA integrity_check").pluck().iterate() as IterableIterator<string>;
  for (const line of lines) if (line !== "ok") fault("the database", line);
}

/** References without a foreign key. */
const REFERENCES = [
  [
    "organization_days",
    "organization_id || '/' || day || '/' || application_id",
    "application_id",
    "applications",
  ],
  [
    "credit_type_days",
    "credit_type_id || '/' || day || '/' || application_id",
    "application_id",
    "applications",
  ],
  [
    "organization_months",
    "application_id || '/' || month || '/' || organization_id",
    "application_id",
    "applications",
  ],
  ["membership_months", "membership_id || '/' || month", "organization_id", "organizations"],
] as const;

function checkReferences(sqlite: Sqlite.Database, fault: Fault): void {
  const broken = sqlite.prepare("PRAGMA foreign_key_check").iterate() as IterableIterator<{
    table: string;
    rowid: bigint | null;
    parent: string;
  }>;
  for (const { table, rowid, parent } of broken) {
    fault(`${table} ${rowid ?? ""}`.trim(), `refers to a row of ${parent} that is not there`);
  }
  for (const [table, key, column, parent] of REFERENCES) {
    const rows = sqlite
      .prepare(
        `SELECT ${key} AS name FROM ${table} WHERE NOT EXISTS (SELECT 1 FROM ${parent} p WHERE p.id = ${table}.${column})`,
      )
      .iterate() as IterableIterator<{ name: string }>;
    for (const { name } of rows) fault(`${table} ${name}`, `refers to a row of ${parent} that is not there`);
  }
  const chained = sqlite
    .prepare(
      `SELECT a.id FROM applications a JOIN applications b ON b.id = a.merged_into_id
       WHERE b.merged_into_id IS NOT NULL`,
    )
    .iterate() as IterableIterator<{ id: bigint }>;
  for (const { id } of chained) {
    fault(`applications ${id}`, "is merged into an application that is merged itself");
  }
  const elsewhere = sqlite
    .prepare(
      `SELECT e.id FROM ledger_entries e JOIN memberships m ON m.id = e.membership_id
       WHERE m.organization_id IS NOT e.organization_id`,
    )
    .iterate() as IterableIterator<{ id: bigint }>;
  for (const { id } of elsewhere) {
    fault(`ledger_entries ${id}`, "names a membership of another organization");
  }
}

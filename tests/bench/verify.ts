import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import Sqlite from "better-sqlite3";
import { verifyDatabaseInThreads } from "#lib/verify/verify.ts";

/** How many seconds a read of every entry and `verify` took, and how much resident memory the process had at most. */
export type VerifyTimes = { read: number; verify: number; megabytes: number };

/**
 * Times `verify` and a read of each row of the ledger through the driver, before it and after it, in a process of their
 * own.
 */
export async function verifyTimes(directory: string): Promise<VerifyTimes> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    import.meta.filename,
    path.join(directory, "bursar.sqlite"),
  ]);
  return JSON.parse(stdout) as VerifyTimes;
}

async function seconds(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
}

function readEntries(file: string): void {
  const sqlite = new Sqlite(file, { readonly: true });
  sqlite.defaultSafeIntegers(true);
  for (const row of sqlite.prepare("SELECT * FROM ledger_entries").iterate()) void row;
  sqlite.close();
}

if (import.meta.main) {
  const file = String(process.argv[2]);
  const before = await seconds(() => readEntries(file));
  const verify = await seconds(async () => {
    const { ok } = await verifyDatabaseInThreads(file);
    if (!ok) throw new Error(`verify has found faults in ${file}`);
  });
  const after = await seconds(() => readEntries(file));
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(JSON.stringify({ read: (before + after) / 2, verify, megabytes }));
}

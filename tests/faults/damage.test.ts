import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";
import { DamagedDatabaseError } from "#db/copy.ts";
import { NewerDatabaseError } from "#db/migrate.ts";
import { openSound } from "#db/open.ts";
import { UnverifiableError, verifyDatabase } from "#lib/verify/verify.ts";
import { spend } from "#tests/support/builders.ts";
import { makeTemporaryDirectory, removeDirectory, useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { say, seededRandom, times } from "#tests/support/faults.ts";

useFreshDatabase();

/**
 * The figures that people see, and their sources. Instants are left out, because nothing else has a copy to compare
 * them with.
 */
const FIGURES = [
  "SELECT id, name, currency, exchange_rate, organizations, active_organizations, members, balance, available, total_purchased, total_spent, last_entry_id FROM credit_types",
  "SELECT id, name, code, credit_type_id, active, monthly_allowance, members, balance, spent FROM organizations",
  "SELECT id, member_id, organization_id, role, active, allowance, monthly_allowance, spent FROM memberships",
  "SELECT id, name, email, memberships, active_memberships, spent FROM members",
  "SELECT * FROM membership_months",
  "SELECT * FROM organization_days",
  "SELECT * FROM organization_months",
  "SELECT * FROM credit_type_days",
  "SELECT * FROM credit_type_members",
  "SELECT * FROM credit_type_months",
  "SELECT id, kind, amount, organization_id, membership_id, balance_after, day FROM ledger_entries",
  "SELECT count(*), sum(amount) FROM ledger_entries WHERE organization_id = 1",
];

function figures(file: string): string {
  const sqlite = new Sqlite(file, { readonly: true });
  try {
    sqlite.defaultSafeIntegers(true);
    return FIGURES.map((sql) =>
      JSON.stringify(sqlite.prepare(sql).raw().all(), (_, value) =>
        typeof value === "bigint" ? String(value) : value,
      ),
    ).join("\n");
  } finally {
    sqlite.close();
  }
}

/** How the portal's start, and then `verify`, meet the file. */
function met(
  file: string,
  before: string,
): "start refuses" | "verify names it" | "no figure changed" | "silent" {
  try {
    openSound();
  } catch (error) {
    expect([DamagedDatabaseError, NewerDatabaseError]).toContain((error as Error).constructor);
    expect((error as Error).message).not.toContain("\n");
    return "start refuses";
  } finally {
    closeDatabase();
  }
  try {
    if (!verifyDatabase(file).ok) return "verify names it";
  } catch (error) {
    expect(error).toBeInstanceOf(UnverifiableError);
    return "verify names it";
  }
  return figures(file) === before ? "no figure changed" : "silent";
}

test("bytes flipped anywhere in the file stop the start or are named by verify; no figure is silently wrong", async () => {
  await makeSmallEnterprise();
  for (let n = 0; n < 120; n += 1) await spend({ credits: BigInt(1_000_003 + n), metadata: `{"n":${n}}` });
  closeDatabase();
  const whole = readFileSync(databaseFile());
  const before = figures(databaseFile());
  const random = seededRandom("damage");
  const outcomes = new Map<string, number>();
  const own = process.env.DATA_DIR;
  const directory = makeTemporaryDirectory();
  process.env.DATA_DIR = directory;
  try {
    const file = databaseFile();
    for (let round = 0; round < times({ short: 60, long: 5_000 }); round += 1) {
      const damaged = Buffer.from(whole);
      let at = random.below(damaged.length - 16);
      // Most of a small database is empty, where a byte means nothing.
      while (damaged[at] === 0) at = random.below(damaged.length - 16);
      const bytes = random.pick([1, 1, 2, 16]);
      for (let byte = at; byte < at + bytes; byte += 1) {
        damaged[byte] = (damaged[byte] ?? 0) ^ (1 + random.below(255));
      }
      writeFileSync(file, damaged);
      for (const part of ["-wal", "-shm"]) removeDirectory(file + part);
      const outcome = met(file, before);
      if (outcome === "silent") {
        const silentCopy = path.join(makeTemporaryDirectory(), "silent.sqlite");
        copyFileSync(file, silentCopy);
        throw new Error(
          `${bytes} bytes flipped at ${at} changed a figure and nothing reported it: ${silentCopy}`,
        );
      }
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  } finally {
    process.env.DATA_DIR = own;
    removeDirectory(directory);
  }
  say(`damage: ${[...outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(", ")}`);
  expect(outcomes.get("start refuses")).toBeGreaterThan(0);
  expect(outcomes.get("verify names it")).toBeGreaterThan(0);
});

test("the first page of each table and each index, overwritten, is named by verify", async () => {
  await makeSmallEnterprise();
  const file = databaseFile();
  const { $client: sqlite } = database();
  sqlite.pragma("wal_checkpoint(TRUNCATE)");
  const pages = sqlite
    .prepare("SELECT name, rootpage AS page FROM sqlite_schema WHERE rootpage > 0 ORDER BY rootpage")
    .safeIntegers(false)
    .all() as { name: string; page: number }[];
  const bytesAPage = Number(sqlite.pragma("page_size", { simple: true }));
  closeDatabase();
  const whole = readFileSync(file);
  const unnamed = pages.filter(({ page }) => {
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, (page - 1) * bytesAPage, (page - 1) * bytesAPage + 16);
    writeFileSync(file, damaged);
    try {
      return verifyDatabase(file).ok;
    } catch (error) {
      return !(
        error instanceof UnverifiableError && /^[^\n]+too damaged to be checked[^\n]+$/.test(error.message)
      );
    }
  });
  expect(pages.length).toBeGreaterThan(100);
  expect(unnamed).toEqual([]);
});

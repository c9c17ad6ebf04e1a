import { copyFileSync, statSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startCheckpoints, stopCheckpoints } from "#db/checkpoints.ts";
import { database, databaseFile } from "#db/client.ts";
import { spend } from "#tests/support/builders.ts";
import { makeTemporaryDirectory, removeDirectory, useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { eventually } from "#tests/support/server.ts";

useFreshDatabase();
let copies: string;
beforeEach(() => {
  copies = makeTemporaryDirectory();
});
afterEach(async () => {
  await stopCheckpoints();
  removeDirectory(copies);
});

/** How many spends are in the database's own file, without its write-ahead log. */
function spendsInFile(): number {
  const copy = path.join(copies, "copy.sqlite");
  copyFileSync(databaseFile(), copy);
  const sqlite = new Sqlite(copy);
  try {
    return Number(sqlite.prepare("SELECT count(*) FROM ledger_entries WHERE kind = 'spend'").pluck().get());
  } finally {
    sqlite.close();
  }
}

const autocheckpoint = () => Number(database().$client.pragma("wal_autocheckpoint", { simple: true }));

test("the thread brings writes into the database while the process writes on, and is replaced when it ends", async () => {
  await makeSmallEnterprise();
  database().$client.pragma("wal_checkpoint(TRUNCATE)");
  expect(autocheckpoint()).toBe(1_000);
  startCheckpoints(() => {});
  await eventually("the thread", () => autocheckpoint() > 1_000 || null);

  for (let number = 1; number <= 20; number += 1) expect(await spend()).toMatchObject({ ok: true });
  // Far fewer pages than would make a write do it.
  expect(statSync(`${databaseFile()}-wal`).size).toBeLessThan(1_000 * 4096);
  await eventually("the spends in the file", () => spendsInFile() === 20 || null);

  await stopCheckpoints();
  expect(autocheckpoint()).toBe(1_000);
  expect(await spend()).toMatchObject({ ok: true });
  expect(spendsInFile()).toBe(20);
});

test("with CHECKPOINTS=off neither a thread nor a write does it, so that Litestream can", async () => {
  process.env.CHECKPOINTS = "off";
  try {
    await makeSmallEnterprise();
    startCheckpoints(() => {});
    expect(autocheckpoint()).toBe(250_000);
    database().$client.pragma("wal_checkpoint(TRUNCATE)");
    expect(spendsInFile()).toBe(0);
    for (let number = 0; number < 150; number += 1) expect(await spend()).toMatchObject({ ok: true });
    // More pages than SQLite's default, at which a write copies them.
    expect(statSync(`${databaseFile()}-wal`).size).toBeGreaterThan(1_100 * 4096);
    expect(spendsInFile()).toBe(0);
  } finally {
    delete process.env.CHECKPOINTS;
  }
});

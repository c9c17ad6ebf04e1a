import { existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it, test } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";
import { assertNotLost, LostDatabaseError } from "#db/lost-database.ts";
import { openSound } from "#db/open.ts";
import { backUp } from "#lib/backup/commands/backup.ts";
import { restoreBackup } from "#lib/backup/commands/restore.ts";
import { UnverifiableError, verifyDatabase } from "#lib/verify/verify.ts";
import { operator, value } from "#tests/support/builders.ts";
import { useFreshDataFolder } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDataFolder();

const inFolder = (...names: string[]) => path.join(process.env.DATA_DIR ?? "", ...names);
const ADVICE = "Restore the last backup (npm run bursar -- restore FILE).";

const organizations = () =>
  Number(database().$client.prepare("SELECT count(*) FROM organizations").pluck().get());

it("creates a database in a new folder, and opens it again", () => {
  openSound();
  closeDatabase();
  openSound();
  expect(statSync(databaseFile()).size).toBeGreaterThan(0);
});

it("refuses an empty file, and leaves it as it is", () => {
  writeFileSync(databaseFile(), "");
  expect(openSound).toThrow(
    new LostDatabaseError(
      `${databaseFile()} is empty (0 bytes). ${ADVICE} For a new portal, delete ${databaseFile()} and start again.`,
    ),
  );
  expect(database).toThrow(LostDatabaseError);
  expect(statSync(databaseFile()).size).toBe(0);
  expect(() => verifyDatabase(databaseFile())).toThrow(
    new UnverifiableError(`${databaseFile()} is empty (0 bytes).`),
  );
  rmSync(databaseFile());
  openSound();
});

test.each([
  ["a write-ahead log", () => writeFileSync(`${databaseFile()}-wal`, "log"), "bursar.sqlite-wal"],
  ["snapshots", () => mkdirSync(inFolder("snapshots", "before"), { recursive: true }), "snapshots"],
  [
    "databases that a restore replaced",
    () => mkdirSync(inFolder("replaced", "1"), { recursive: true }),
    "replaced",
  ],
  ["files to import", () => mkdirSync(inFolder("imports", "1.csv"), { recursive: true }), "imports"],
])("refuses to make a new database beside %s, whether the file is missing or empty", (_, leave, name) => {
  leave();
  const past = `but ${inFolder(name)} is from a portal that was here. ${ADVICE} For a new portal, set DATA_DIR to an empty folder.`;
  expect(openSound).toThrow(new LostDatabaseError(`${databaseFile()} is missing, ${past}`));
  expect(existsSync(databaseFile())).toBe(false);
  writeFileSync(databaseFile(), "");
  expect(openSound).toThrow(new LostDatabaseError(`${databaseFile()} is empty (0 bytes), ${past}`));
  if (name.endsWith("-wal")) expect(readFileSync(inFolder(name), "utf8")).toBe("log");
});

it("accepts empty folders and an empty log", () => {
  mkdirSync(inFolder("snapshots"));
  writeFileSync(`${databaseFile()}-wal`, "");
  openSound();
});

it("waits for another process that creates the database at this moment", async () => {
  writeFileSync(databaseFile(), "");
  const { spawn } = await import("node:child_process");
  spawn("sh", ["-c", 'sleep 0.1; printf x >> "$0"', databaseFile()]);
  expect(() => assertNotLost(databaseFile())).not.toThrow();
  expect(statSync(databaseFile()).size).toBe(1);
});

it.each(["missing", "empty"])("a restore puts the backup in the place of a %s database", async (state) => {
  await makeSmallEnterprise();
  const backup = inFolder("backup.sqlite");
  value(await backUp(backup, operator));
  closeDatabase();
  mkdirSync(inFolder("snapshots", "before"), { recursive: true });
  if (state === "missing") rmSync(databaseFile());
  else truncateSync(databaseFile());
  expect(openSound).toThrow(LostDatabaseError);
  value(await restoreBackup(backup, operator));
  openSound();
  expect(organizations()).toBe(2);
});

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "#db/client.ts";
import { addChainFunction } from "#db/ledger-chain.ts";
import { NewerDatabaseError } from "#db/migrate.ts";
import journal from "#db/migrations/meta/_journal.json" with { type: "json" };
import { verifyDatabase } from "#lib/verify/verify.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { say, seededRandom, times } from "#tests/support/faults.ts";

const FIXTURES = path.join("tests", "data", "migrations");
const MAKE = "node tests/support/make-migration-fixture.ts";
const tags = journal.entries.map((entry) => entry.tag);
/** The schemas that databases in use may have: the first two were released as one. */
const released = readdirSync(FIXTURES)
  .map((name) => name.replace(".sqlite.gz", ""))
  .sort();
const random = seededRandom("migrations");
const pendingAfter = (tag: string) => tags.slice(tags.indexOf(tag) + 1);

let directory: string;
let file: string;

beforeEach(() => {
  directory = makeTemporaryDirectory();
  file = path.join(directory, "bursar.sqlite");
});
afterEach(() => removeDirectory(directory));

function layOut(tag: string): void {
  rmSync(directory, { recursive: true });
  mkdirSync(directory);
  writeFileSync(file, gunzipSync(readFileSync(path.join(FIXTURES, `${tag}.sqlite.gz`))));
  const sqlite = new Sqlite(file);
  sqlite.pragma("journal_mode = WAL");
  sqlite.close();
}

function reading<T>(database: string, read: (sqlite: Sqlite.Database) => T): T {
  const sqlite = new Sqlite(database, { readonly: true });
  try {
    return read(sqlite.defaultSafeIntegers(true));
  } finally {
    sqlite.close();
  }
}

/** A table's rows and the sum of each of its columns of integers. */
type Sums = Map<string, { rows: bigint; columns: Map<string, bigint | null> }>;

/** Columns that a migration has dropped after it wrote their values to another table, or whose values it has changed. */
const CHANGED = [
  { tag: "0023_grants", table: "portal_users", column: "role" },
  { tag: "0043_membership_merges", table: "memberships", column: "merged_at" },
  // The version of the alerts' rules, with which all organizations are checked once.
  { tag: "0045_alerts_of_changed_allowance_rules", table: "alert_state", column: "version" },
];

/** These sums without the columns that the migrations have changed. */
function withoutChanged(sums: Sums, applied: readonly string[]): Sums {
  const left = structuredClone(sums);
  for (const { tag, table, column } of CHANGED) {
    if (applied.includes(tag)) left.get(table)?.columns.delete(column);
  }
  return left;
}

/** The role of each portal user on the enterprise: a column of the user until there were grants. */
function rolesOf(sqlite: Sqlite.Database): unknown[] {
  return sqlite
    .prepare(
      appliedTags(sqlite).includes("0023_grants")
        ? `SELECT portal_user_id, role FROM portal_user_grants WHERE organization_id IS NULL AND tag IS NULL
           ORDER BY portal_user_id`
        : "SELECT id, role FROM portal_users ORDER BY id",
    )
    .raw()
    .all();
}

/** What migrations keep. */
type Content = { sums: Sums; roles: unknown[] };

const contentOf = (sqlite: Sqlite.Database): Content => ({ sums: sumsOf(sqlite), roles: rolesOf(sqlite) });

function expectKept(sqlite: Sqlite.Database, before: Content): void {
  const sums = withoutChanged(before.sums, appliedTags(sqlite));
  expect(sumsOf(sqlite, sums)).toEqual(sums);
  expect(rolesOf(sqlite)).toEqual(before.roles);
}

/** Of every table that holds data: a search index is made from others, and `migrations` is what changes. */
function sumsOf(sqlite: Sqlite.Database, only?: Sums): Sums {
  const tables = sqlite
    .prepare(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT IN ('migrations', 'sqlite_schema')",
    )
    .pluck()
    .all() as string[];
  return new Map(
    tables
      .filter((table) => !only || only.has(table))
      .map((table) => {
        const columns = sqlite
          .prepare("SELECT name FROM pragma_table_info(?)")
          .pluck()
          .all(table) as string[];
        const wanted = columns.filter((column) => !only || only.get(table)?.columns.has(column));
        const sums = wanted.map(
          (column) => `sum(CASE WHEN typeof("${column}") = 'integer' THEN "${column}" END)`,
        );
        const row = sqlite
          .prepare(`SELECT count(*), ${sums.join(", ")} FROM "${table}"`)
          .raw()
          .get() as [bigint, ...(bigint | null)[]];
        const [rows, ...values] = row;
        return [table, { rows, columns: new Map(wanted.map((column, n) => [column, values[n] ?? null])) }];
      }),
  );
}

const appliedTags = (sqlite: Sqlite.Database) =>
  sqlite.prepare("SELECT tag FROM migrations ORDER BY rowid").pluck().all() as string[];

function run(point: number | string): ChildProcess {
  return spawn(process.execPath, ["tests/support/migrate-and-die.ts", file, String(point)], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** What must hold of a database whose migration was cut off, and of its snapshot, whenever that was. */
function expectWholeOrNotThere(tag: string, before: Content): void {
  const named = path.join(directory, "snapshots", `before-${pendingAfter(tag)[0]}.sqlite`);
  if (existsSync(named)) expectSnapshot(tag, before);
  reading(file, (sqlite) => {
    const applied = appliedTags(sqlite);
    expect(applied).toEqual(tags.slice(0, applied.length));
    expectKept(sqlite, before);
    if (applied.length === tags.indexOf(tag) + 1) return;
    expectSnapshot(tag, before);
  });
}

function expectSnapshot(tag: string, before: Content): void {
  reading(path.join(directory, "snapshots", `before-${pendingAfter(tag)[0]}.sqlite`), (snapshot) => {
    expect(appliedTags(snapshot).at(-1)).toBe(tag);
    expect(contentOf(snapshot)).toEqual(before);
    expect(snapshot.pragma("integrity_check", { simple: true })).toBe("ok");
  });
}

/** The next start ends the migration: nothing of what was there has changed, and every figure is right. */
function expectMigrates(before: Content): void {
  openDatabase(file).$client.close();
  reading(file, (sqlite) => {
    expect(appliedTags(sqlite)).toEqual(tags);
    expectKept(sqlite, before);
  });
  const report = verifyDatabase(file);
  expect(report.checks.filter((check) => check.faults > 0)).toEqual([]);
}

test("every released schema is kept, as its migrations make it", () => {
  // The newest may still be in the making.
  expect(
    released.filter((tag) => tag !== tags.at(-1)),
    `missing: run ${MAKE} with the code of that schema`,
  ).toEqual(tags.slice(1, -1));
  const schema = (sqlite: Sqlite.Database) =>
    sqlite
      .prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name")
      .all();
  for (const tag of released) {
    layOut(tag);
    const made = new Sqlite(":memory:");
    addChainFunction(made);
    made.exec("CREATE TABLE migrations (tag TEXT PRIMARY KEY NOT NULL, applied_at INTEGER NOT NULL)");
    for (const one of tags.slice(0, tags.indexOf(tag) + 1)) {
      made.exec(readFileSync(path.join("db", "migrations", `${one}.sql`), "utf8"));
    }
    const wanted = schema(made);
    made.close();
    expect(reading(file, schema), `${tag} has changed since it was kept: run ${MAKE} again`).toEqual(wanted);
  }
});

test("the newest schema opens without a change", () => {
  const newest = released.filter((tag) => pendingAfter(tag).length === 0);
  for (const tag of newest) {
    layOut(tag);
    expectMigrates(reading(file, contentOf));
    expect(existsSync(path.join(directory, "snapshots"))).toBe(false);
  }
});

describe.each(released.filter((tag) => pendingAfter(tag).length > 0))("from %s", (tag) => {
  beforeEach(() => {
    layOut(tag);
  });

  test("counts and sums stay, after a snapshot", () => {
    const before = reading(file, contentOf);
    expectMigrates(before);
    expectSnapshot(tag, before);
  });

  test("killed at each statement, then started again", async () => {
    const before = reading(file, contentOf);
    const counted = execFileSync(process.execPath, ["tests/support/migrate-and-die.ts", file, "0"], {
      encoding: "utf8",
    });
    const statements = Number(counted);
    expect(statements).toBeGreaterThan(pendingAfter(tag).length * 3);
    const kills = Math.min(statements, times({ short: 2, long: statements }));
    const first = random.below(statements);
    for (let n = 0; n < kills; n += 1) {
      const statement = 1 + ((first + Math.floor((n * statements) / kills)) % statements);
      layOut(tag);
      const [, signal] = await once(run(statement), "exit");
      expect(signal, `statement ${statement}`).toBe("SIGKILL");
      expectWholeOrNotThere(tag, before);
      expectMigrates(before);
    }
    say(`migrations from ${tag}: killed at ${kills} of ${statements} statements`);
  });

  test.each(["chmodSync", "fsyncSync", "renameSync"])(
    "killed while the snapshot is kept, at %s, then started again",
    async (point) => {
      const before = reading(file, contentOf);
      const [, signal] = await once(run(point), "exit");
      expect(signal).toBe("SIGKILL");
      // The snapshot has its name only once it is whole, and nothing is migrated before that.
      expect(existsSync(path.join(directory, "snapshots", `before-${pendingAfter(tag)[0]}.sqlite`))).toBe(
        false,
      );
      expect(reading(file, appliedTags).at(-1)).toBe(tag);
      expectWholeOrNotThere(tag, before);
      expectMigrates(before);
      expectSnapshot(tag, before);
    },
  );

  test("killed at a random moment, then started again", async () => {
    const before = reading(file, contentOf);
    const kills = times({ short: 1, long: 30 });
    let cutOff = 0;
    for (let n = 0; n < kills; n += 1) {
      layOut(tag);
      const child = run(0);
      const ended = once(child, "exit");
      // From the first change of the folder on: the snapshot's, then the log's.
      const watcher = watch(directory);
      await Promise.race([once(watcher, "change"), ended]);
      watcher.close();
      await sleep(random.below(60));
      child.kill("SIGKILL");
      const [, signal] = await ended;
      if (signal) cutOff += 1;
      expectWholeOrNotThere(tag, before);
      expectMigrates(before);
    }
    say(`migrations from ${tag}: ${cutOff} of ${kills} cut off at a random moment`);
    // One try may come too late; of thirty some do not.
    if (kills >= 30) expect(cutOff).toBeGreaterThan(0);
  });

  test("a newer schema is refused by name and left as it is", () => {
    openDatabase(file).$client.close();
    const sqlite = new Sqlite(file);
    sqlite.exec("INSERT INTO migrations VALUES ('9999_from_tomorrow', 0)");
    sqlite.pragma("wal_checkpoint(TRUNCATE)");
    sqlite.close();
    const bytes = readFileSync(file);
    expect(() => openDatabase(file)).toThrow(NewerDatabaseError);
    expect(() => openDatabase(file)).toThrow(/"9999_from_tomorrow".*Run the newer version/);
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });
});

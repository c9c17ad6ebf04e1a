import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Database, openDatabase } from "#db/client.ts";
import { DataDirectoryError, prepareDataDirectory } from "#db/data-directory.ts";
import { shareDataDirectory } from "#db/in-use.ts";
import { addChainFunction } from "#db/ledger-chain.ts";
import { ForeignDatabaseError, migrate, NewerDatabaseError } from "#db/migrate.ts";
import journal from "#db/migrations/meta/_journal.json" with { type: "json" };
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";

const tags = journal.entries.map((entry) => entry.tag);
const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);

let directory: string;
let file: string;
let opened: Database[];

beforeEach(() => {
  directory = makeTemporaryDirectory();
  file = path.join(directory, "bursar.sqlite");
  opened = [];
});

afterEach(() => {
  for (const db of opened) db.$client.close();
  removeDirectory(directory);
});

function open(): Database {
  const db = openDatabase(file);
  opened.push(db);
  return db;
}

function appliedTags(db: Database): unknown[] {
  return db.$client.prepare("SELECT tag FROM migrations ORDER BY rowid").pluck().all();
}

/** A database as the version before the last migration left it. */
function makeOlderDatabase(): void {
  const sqlite = new Sqlite(file);
  addChainFunction(sqlite);
  sqlite.exec("CREATE TABLE migrations (tag TEXT PRIMARY KEY NOT NULL, applied_at INTEGER NOT NULL)");
  for (const tag of tags.slice(0, -1)) {
    sqlite.exec(readFileSync(path.join("db", "migrations", `${tag}.sql`), "utf8"));
    sqlite.prepare("INSERT INTO migrations VALUES (?, 0)").run(tag);
  }
  sqlite.exec(
    "INSERT INTO credit_types (id, name, name_key, currency, exchange_rate, created_at) VALUES (1, 'SGD Credits', 'sgd credits', 'SGD', 100, 0)",
  );
  sqlite.close();
}

describe("a new database", () => {
  test("has every migration, the settings row and no snapshot", () => {
    const db = open();
    expect(appliedTags(db)).toEqual(tags);
    expect(db.$client.prepare("SELECT count(*) FROM settings").pluck().get()).toBe(1n);
    expect(existsSync(path.join(directory, "snapshots"))).toBe(false);
  });

  test("has a page cache of 8 MB", () => {
    // A negative number is in KiB, a positive one in pages.
    expect(open().$client.pragma("cache_size", { simple: true })).toBe(-8000n);
  });

  test("keeps what it acknowledges, and refers to nothing that is not there", () => {
    const sqlite = open().$client;
    expect(sqlite.pragma("foreign_keys", { simple: true })).toBe(1n);
    expect(sqlite.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(sqlite.pragma("synchronous", { simple: true })).toBe(2n);
    expect(sqlite.pragma("recursive_triggers", { simple: true })).toBe(1n);
    expect(sqlite.pragma("integrity_check", { simple: true })).toBe("ok");
  });

  test("is closed to other users of the machine, its log too", () => {
    open();
    expect(readdirSync(directory).map((name) => `${name} ${mode(path.join(directory, name))}`)).toEqual([
      "bursar.sqlite 600",
      "bursar.sqlite-shm 600",
      "bursar.sqlite-wal 600",
    ]);
  });
});

describe("an existing database", () => {
  test("opens again without a change", () => {
    open().$client.close();
    expect(appliedTags(open())).toEqual(tags);
    expect(existsSync(path.join(directory, "snapshots"))).toBe(false);
  });

  test("from an older version is copied before it changes, and keeps its rows", () => {
    makeOlderDatabase();
    const db = open();
    expect(appliedTags(db)).toEqual(tags);
    expect(db.$client.prepare("SELECT name FROM credit_types").pluck().all()).toEqual(["SGD Credits"]);
    expect(db.$client.pragma("foreign_keys", { simple: true })).toBe(1n);

    const copy = path.join(directory, "snapshots", `before-${tags.at(-1)}.sqlite`);
    expect(mode(copy)).toBe("600");
    const before = new Sqlite(copy, { readonly: true });
    expect(before.prepare("SELECT tag FROM migrations").pluck().all()).toEqual(tags.slice(0, -1));
    expect(before.prepare("SELECT name FROM credit_types").pluck().all()).toEqual(["SGD Credits"]);
    before.close();
  });

  test("is sorted in its own folder while it is migrated, unless another one is set", () => {
    makeOlderDatabase();
    const before = process.env.SQLITE_TMPDIR;
    const relative = path.relative(process.cwd(), file);
    try {
      delete process.env.SQLITE_TMPDIR;
      opened.push(openDatabase(relative));
      expect(process.env.SQLITE_TMPDIR).toBe(directory);
      process.env.SQLITE_TMPDIR = "/tmp";
      open();
      expect(process.env.SQLITE_TMPDIR).toBe("/tmp");
    } finally {
      if (before === undefined) delete process.env.SQLITE_TMPDIR;
      else process.env.SQLITE_TMPDIR = before;
    }
  });

  test("from a newer version is refused by the migration's name, and left as it was", () => {
    const db = open();
    db.$client.prepare("INSERT INTO migrations VALUES ('9999_from_tomorrow', 0)").run();
    db.$client.close();
    expect(open).toThrow(NewerDatabaseError);
    expect(open).toThrow(/"9999_from_tomorrow".*Run the newer version/);
  });

  test("is refused in one line, even with a damaged name of a migration", () => {
    const db = open();
    db.$client
      .prepare("INSERT INTO migrations VALUES (?, 0)")
      .run(`0038_merged${"\n"}s\u0000${"x".repeat(300)}`);
    db.$client.close();
    expect(open).toThrow(/^The database has the migration "0038_merged s x{186}", which this version /);
    const bytes = new Sqlite(file);
    bytes.prepare("UPDATE migrations SET tag = CAST(tag AS BLOB) WHERE tag LIKE '0038_merged%'").run();
    bytes.close();
    expect(open).toThrow(NewerDatabaseError);
  });

  test("of another program is refused, and left as it was", () => {
    const other = new Sqlite(file);
    other.exec("CREATE TABLE notes (text)");
    other.close();
    const before = readFileSync(file);
    expect(open).toThrow(ForeignDatabaseError);
    const after = new Sqlite(file, { readonly: true });
    expect(after.prepare("SELECT name FROM sqlite_schema").pluck().all()).toEqual(["notes"]);
    after.close();
    expect(statSync(file).size).toBe(before.length);
  });

  test("whose migration leaves a reference to nothing stays as it was", () => {
    makeOlderDatabase();
    const sqlite = new Sqlite(file);
    sqlite.pragma("foreign_keys = OFF");
    sqlite.exec("INSERT INTO approved_domains (organization_id, domain) VALUES (7, 'example.edu')");
    expect(() => migrate(sqlite)).toThrow(`migration ${tags.at(-1)} breaks 1 references`);
    expect(sqlite.prepare("SELECT tag FROM migrations ORDER BY rowid").pluck().all()).toEqual(
      tags.slice(0, -1),
    );
    expect(sqlite.inTransaction).toBe(false);
    expect(sqlite.pragma("foreign_keys", { simple: true })).toBe(1);
    sqlite.close();
  });

  test("that another process migrates in between is migrated once", () => {
    makeOlderDatabase();
    const slow = new Sqlite(file);
    const pragma = slow.pragma.bind(slow);
    let migrated: string[] | undefined;
    // After the look at what is pending, before the first transaction.
    slow.pragma = (...args) => {
      if (migrated === undefined) {
        const quick = new Sqlite(file);
        migrated = migrate(quick);
        quick.close();
      }
      return pragma(...args);
    };
    expect(migrate(slow)).toEqual([]);
    expect(migrated).toEqual(tags.slice(-1));
    slow.close();
  });

  test("runs no function that a schema hides in it", () => {
    expect(open().$client.pragma("trusted_schema", { simple: true })).toBe(0n);
  });

  test("that is no database is refused, and left as it was", () => {
    writeFileSync(file, "not a database at all".repeat(100));
    expect(open).toThrow(/not a database/);
    expect(readFileSync(file, "utf8")).toContain("not a database at all");
  });
});

test.each(["new", "older"])(
  "processes that start together on a %s database all find it whole",
  async (age) => {
    if (age === "older") makeOlderDatabase();
    const script = `
    import { openDatabase } from "#db/client.ts";
    const db = openDatabase(${JSON.stringify(file)});
    console.log(db.$client.prepare("SELECT count(*) FROM migrations").pluck().get().toString());
    db.$client.close();
  `;
    const runs = Array.from({ length: 4 }, () =>
      promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]),
    );
    const answers = await Promise.all(runs);
    expect(answers.map((answer) => answer.stdout.trim())).toEqual(Array(4).fill(String(tags.length)));
    const db = open();
    expect(appliedTags(db)).toEqual(tags);
    expect(db.$client.prepare("SELECT count(*) FROM settings").pluck().get()).toBe(1n);
    if (age === "older") {
      const copy = new Sqlite(path.join(directory, "snapshots", `before-${tags.at(-1)}.sqlite`), {
        readonly: true,
      });
      expect(copy.prepare("SELECT count(*) FROM migrations").pluck().get()).toBe(tags.length - 1);
      copy.close();
    }
  },
  30_000,
);

test("old audit entries get their organization, those of removed memberships too", () => {
  const sqlite = new Sqlite(file);
  addChainFunction(sqlite);
  for (const tag of tags.slice(0, tags.indexOf("0024_audit_organizations"))) {
    sqlite.exec(readFileSync(path.join("db", "migrations", `${tag}.sql`), "utf8"));
  }
  sqlite.exec(`
    INSERT INTO credit_types (id, name, name_key, currency, exchange_rate, created_at)
      VALUES (1, 'SGD Credits', 'sgd credits', 'SGD', 100, 0);
    INSERT INTO organizations (id, name, code, code_key, credit_type_id, active, created_at, name_key, search_text)
      VALUES (1, 'Law', 'CLINIC', 'clinic', 1, 1, 0, 'law', 'law'), (2, 'Art', 'MED', 'med', 1, 1, 0, 'art', 'art');
    INSERT INTO members (id, name, email, email_key, created_at, name_key, search_text)
      VALUES (1, 'Ana', 'ana@example.edu', 'ana@example.edu', 0, 'ana', 'ana');
    INSERT INTO memberships (id, member_id, organization_id, role, active, allowance, created_at, name_key)
      VALUES (1, 1, 2, 'viewer', 1, 'organization', 0, 'ana');
    INSERT INTO api_keys (id, name, organization_id, prefix, key_hash, created_at)
      VALUES (1, 'Tutor', 2, 'bur_1', 'h', 0), (2, 'All', NULL, 'bur_2', 'i', 0);`);
  const entries: [
    action: string,
    kind: string,
    id: number | null,
    before: object | null,
    after: object | null,
  ][] = [
    ["organization.created", "organization", 1, null, { code: "MED" }],
    ["member.added", "membership", 1, null, { organization: "MED" }],
    ["member.added", "membership", 2, null, { organization: "MED" }],
    ["member.removed", "membership", 2, { organization: "MED" }, null],
    ["organization.updated", "organization", 1, { code: "MED" }, { code: "CLINIC" }],
    ["organization.created", "organization", 2, null, { code: "MED" }],
    ["member.added", "membership", 3, null, { organization: "MED" }],
    ["member.removed", "membership", 3, { organization: "MED" }, null],
    ["api_key.created", "api_key", 1, null, {}],
    ["api_key.created", "api_key", 2, null, {}],
    ["settings.updated", "settings", 1, null, null],
    ["member.deleted", "member", 2, null, null],
  ];
  const insert = sqlite.prepare(`INSERT INTO audit_entries (at, actor_kind, actor_label, action, subject_kind,
    subject_id, subject_label, before, after, previous_hash, hash) VALUES (0, 'operator', 'operator', ?, ?, ?, '', ?, ?, '', '')`);
  const json = (values: object | null) => values && JSON.stringify(values);
  for (const [action, kind, id, before, after] of entries)
    insert.run(action, kind, id, json(before), json(after));
  sqlite.exec(readFileSync(path.join("db", "migrations", "0024_audit_organizations.sql"), "utf8"));
  expect(sqlite.prepare("SELECT organization_id FROM audit_entries ORDER BY id").pluck().all()).toEqual([
    1,
    2,
    1,
    1,
    1,
    2,
    2,
    2,
    2,
    null,
    null,
    null,
  ]);
  expect(() => sqlite.exec("UPDATE audit_entries SET organization_id = 1")).toThrow("append-only");
  sqlite.close();
});

test("a delivery that waits behind a deleted one is due after the migration", () => {
  const sqlite = new Sqlite(file);
  addChainFunction(sqlite);
  const apply = (tag: string) =>
    sqlite.exec(readFileSync(path.join("db", "migrations", `${tag}.sql`), "utf8"));
  const tag = "0044_deliveries_behind_deleted_ones";
  for (const earlier of tags.slice(0, tags.indexOf(tag))) apply(earlier);
  sqlite.exec(`
    INSERT INTO webhook_endpoints (id, name, kind, url_sealed, url_shown, events, created_at)
      VALUES (1, 'Finance', 'webhook', '', '', '[]', 0), (2, 'Tutor', 'webhook', '', '', '[]', 0);
    INSERT INTO outbox_events (id, event_id, type, subject, data, created_at) VALUES (1, 'e', 'pool.low', 'a', '{}', 0);
    INSERT INTO deliveries (id, event_id, endpoint_id, subject, state, next_try_at, created_at, ended_at) VALUES
      (1, 1, 1, 'a', 'delivered', NULL, 0, 0), (2, 1, 1, 'a', 'waiting', NULL, 0, NULL),
      (3, 1, 1, 'a', 'waiting', NULL, 0, NULL), (4, 1, 1, 'b', 'waiting', 7, 0, NULL),
      (5, 1, 1, 'b', 'waiting', NULL, 0, NULL), (6, 1, 2, 'b', 'waiting', NULL, 0, NULL);`);
  apply(tag);
  const due = sqlite.prepare("SELECT id FROM deliveries WHERE next_try_at IS NOT NULL ORDER BY id");
  expect(due.pluck().all()).toEqual([2, 4, 6]);
  expect(sqlite.prepare("SELECT next_try_at FROM deliveries WHERE id = 4").pluck().get()).toBe(7);
  sqlite.close();
});

test("opening waits for another process that is making the same new file", async () => {
  // Not yet in WAL, and written to: SQLite refuses the switch at once, whatever the timeout.
  const script = `
    import Sqlite from "better-sqlite3";
    const sqlite = new Sqlite(${JSON.stringify(file)});
    sqlite.exec("BEGIN IMMEDIATE; CREATE TABLE migrations (tag TEXT PRIMARY KEY NOT NULL, applied_at INTEGER NOT NULL)");
    console.log("writing");
    setTimeout(() => sqlite.exec("COMMIT"), 500);
  `;
  const writer = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(writer.stdout, "data");
  expect(appliedTags(open())).toEqual(tags);
  if (writer.exitCode === null) await once(writer, "exit");
  expect(writer.exitCode).toBe(0);
});

describe("the data folder", () => {
  test("is made, closed to other users", () => {
    const folder = path.join(directory, "a", "b");
    expect(prepareDataDirectory(folder)).toBe(folder);
    expect(mode(folder)).toBe("700");
  });

  test("is refused in one line when it cannot be one", () => {
    writeFileSync(path.join(directory, "file"), "");
    mkdirSync(path.join(directory, "folder"));
    expect(() => prepareDataDirectory(path.join(directory, "file", "data"))).toThrow(DataDirectoryError);
    // Where Node's recursive mkdir would never come back.
    if (process.platform === "linux") {
      expect(() => prepareDataDirectory("/proc/nowhere/data")).toThrow(DataDirectoryError);
    }
    expect(() => prepareDataDirectory(path.join(directory, "file"))).toThrow(
      /^The data folder .*\/file is not writable/,
    );
  });
});

test("the mark of who uses a data folder is closed to other users", () => {
  const release = shareDataDirectory(directory);
  expect(mode(path.join(directory, "in-use.lock"))).toBe("600");
  release();
});

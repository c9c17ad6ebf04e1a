import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";
import journal from "#db/migrations/meta/_journal.json" with { type: "json" };
import { createApiKey, revokeApiKey } from "#lib/api-keys/commands.ts";
import { createPortalUser, setPortalUserDisabled } from "#lib/portal-users/commands/accounts.ts";
import { updateSessionLimits } from "#lib/portal-users/commands/session-limits.ts";
import { authSecret } from "#lib/portal-users/secrets.ts";
import { sessionLimits } from "#lib/portal-users/session-queries.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { operator, spend, value } from "#tests/support/builders.ts";
import { bursar } from "#tests/support/command-line.ts";
import { makeTemporaryDirectory, removeDirectory, useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

let elsewhere: string;
let backup: string;
beforeEach(async () => {
  elsewhere = makeTemporaryDirectory();
  backup = path.join(elsewhere, "bursar.backup");
  await makeSmallEnterprise();
  await spend();
});
afterEach(() => removeDirectory(elsewhere));

const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);
const entries = (file: string) => verifyDatabase(file).ledgerEntries;
/** Changes the backup as somebody with the file could. */
function change(sql: string): void {
  const sqlite = new Sqlite(backup);
  sqlite.exec(sql);
  sqlite.close();
}

describe("bursar backup", () => {
  test("makes one file that is whole, sound and closed to others, while the database is open and written", async () => {
    const secret = authSecret();
    database().$client.exec("BEGIN IMMEDIATE");
    const report = await bursar(["backup", backup, "--json"]);
    database().$client.exec("COMMIT");
    expect(report).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(report.out)).toEqual({ file: backup, bytes: statSync(backup).size });
    expect(readdirSync(elsewhere)).toEqual(["bursar.backup"]);
    expect(mode(backup)).toBe("600");
    expect(verifyDatabase(backup)).toMatchObject({ ok: true, ledgerEntries: 4 });
    expect(readFileSync(backup).includes(secret)).toBe(false);
    expect(await bursar(["verify", backup])).toMatchObject({ code: 0 });
  });

  test("replaces nothing unless it is told to, and keeps the old file where it cannot make a new one", async () => {
    writeFileSync(backup, "mine");
    expect(await bursar(["backup", backup])).toMatchObject({
      code: 1,
      err: `${backup} already exists; --force replaces it.\n`,
    });
    closeDatabase();
    const good = readFileSync(databaseFile());
    writeFileSync(
      databaseFile(),
      Buffer.concat([good.subarray(0, 4096), Buffer.alloc(good.length - 4096, 7)]),
    );
    const refused = await bursar(["backup", backup, "--force", "--json"]);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({ error: { code: "damaged" } });
    expect(readFileSync(backup, "utf8")).toBe("mine");
    expect(readdirSync(elsewhere)).toEqual(["bursar.backup"]);
    writeFileSync(databaseFile(), good);
    expect(await bursar(["backup", backup, "--force"])).toMatchObject({ code: 0 });
    expect(entries(backup)).toBe(4);
  });

  test("never takes the database's own place, whatever it is called", async () => {
    const link = path.join(elsewhere, "link");
    symlinkSync(databaseFile(), link);
    for (const file of [databaseFile(), `${databaseFile()}-wal`, link]) {
      const refused = await bursar(["backup", file, "--force", "--json"]);
      expect(JSON.parse(refused.out)).toMatchObject({ error: { code: "is_database" } });
    }
    expect(entries(databaseFile())).toBe(4);
  });

  test("blames the database for what cannot be read, and not the new file", async () => {
    closeDatabase();
    const file = databaseFile();
    for (const part of ["", "-wal", "-shm"]) rmSync(file + part, { force: true });
    mkdirSync(file);
    expect(await bursar(["backup", backup])).toMatchObject({
      code: 1,
      err: `${file} cannot be read (SQLITE_IOERR_READ).\n`,
    });
    expect(existsSync(backup)).toBe(false);
  });

  test("reports in one line where nothing can be written or there is nothing to copy", async () => {
    const nowhere = path.join(elsewhere, "missing", "b");
    expect(await bursar(["backup", nowhere])).toMatchObject({
      code: 1,
      err: `${nowhere} cannot be written (ENOENT).\n`,
    });
    expect(await bursar(["backup", "/dev/null"])).toMatchObject({
      code: 1,
      err: "/dev/null is not a file.\n",
    });
    expect(await bursar(["backup", backup], elsewhere)).toMatchObject({
      code: 1,
      err: `There is no database at ${path.join(elsewhere, "bursar.sqlite")}.\n`,
    });
    expect((await bursar(["backup"])).code).toBe(2);
    expect(readdirSync(elsewhere)).toEqual([]);
  });
});

describe("bursar restore", () => {
  beforeEach(async () => {
    expect((await bursar(["backup", backup])).code).toBe(0);
    await spend();
  });

  test("puts the backup in place, keeps the previous database, ends sessions and links, and writes an audit entry", async () => {
    change(`
      INSERT INTO portal_users (id, email, email_key, created_at) VALUES (1, 'o@example.edu', 'o@example.edu', 0);
      INSERT INTO portal_sessions (id_hash, portal_user_id, created_at, expires_at) VALUES ('x', 1, 0, 9e15);
      INSERT INTO portal_user_links (token_hash, portal_user_id, created_at, expires_at) VALUES ('y', 1, 0, 9e15);
    `);
    closeDatabase();
    // The owner was inserted with SQL, which verify would report.
    const restored = await bursar(["restore", backup, "--skip-verify", "--json"]);
    expect(restored).toMatchObject({ code: 0, err: "" });
    const { replaced, ...said } = JSON.parse(restored.out);
    expect(said).toMatchObject({ file: backup, migrations: [], verified: false });
    expect(entries(path.join(replaced, "bursar.sqlite"))).toBe(5);
    expect(verifyDatabase(databaseFile())).toMatchObject({ faults: 1, ledgerEntries: 4 });
    expect(mode(databaseFile())).toBe("600");
    const { $client: sqlite } = database();
    for (const table of ["portal_sessions", "portal_user_links"]) {
      expect(sqlite.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(0n);
    }
    expect(
      sqlite.prepare("SELECT action, actor_kind, after FROM audit_entries ORDER BY id DESC LIMIT 1").get(),
    ).toEqual({ action: "portal.restored", actor_kind: "operator", after: '{"fileName":"bursar.backup"}' });
    expect(existsSync(path.join(process.env.DATA_DIR ?? "", "restoring"))).toBe(false);
  });

  test("brings back the limits of sessions that the backup has", async () => {
    const limits = (sessionLifetime: number, sessionIdle: number | null) =>
      updateSessionLimits({ sessionLifetime, sessionIdle }, operator);
    value(await limits(1_440, 60));
    rmSync(backup);
    expect((await bursar(["backup", backup])).code).toBe(0);
    value(await limits(2_880, null));
    expect((await bursar(["restore", backup])).code).toBe(0);
    expect(sessionLimits()).toEqual({ lifetimeMinutes: 1_440, idleMinutes: 60 });
    expect((await bursar(["verify"])).code).toBe(0);
  });

  test("blames the data folder, and changes nothing, where the disk takes no more", async () => {
    const directory = process.env.DATA_DIR ?? "";
    closeDatabase();
    // A limit on the size of a file, which ends every write beyond it.
    const { status, stderr } = spawnSync(
      "prlimit",
      ["--fsize=65536", process.execPath, "scripts/bursar.mjs", "restore", backup],
      { encoding: "utf8", env: { PATH: process.env.PATH, DATA_DIR: directory, NODE_ENV: "test" } },
    );
    expect(stderr.trimEnd().split("\n").at(-1)).toBe(`${directory} cannot be written (SQLITE_IOERR).`);
    expect(status).toBe(1);
    expect(readdirSync(directory).filter((name) => name.startsWith("restoring"))).toEqual([]);
    expect(entries(databaseFile())).toBe(5);
  });

  test("leaves nothing of what it prepared when it is stopped by Ctrl-C", async () => {
    const directory = process.env.DATA_DIR ?? "";
    const staging = () => readdirSync(directory).filter((name) => name.startsWith("restoring"));
    // It waits for this write, with everything prepared.
    database().$client.exec("BEGIN IMMEDIATE");
    const child = spawn(process.execPath, ["scripts/bursar.mjs", "restore", backup], {
      stdio: "ignore",
      env: { PATH: process.env.PATH, DATA_DIR: directory, NODE_ENV: "test" },
    });
    onTestFinished(() => {
      child.kill("SIGKILL");
    });
    await vi.waitFor(() => expect(staging()).toHaveLength(1), { timeout: 60_000, interval: 5 });
    child.kill("SIGINT");
    const [code, signal] = await once(child, "exit");
    expect([code, signal]).toEqual([null, "SIGINT"]);
    database().$client.exec("ROLLBACK");
    expect(staging()).toEqual([]);
    expect(database().$client.prepare("SELECT count(*) FROM ledger_entries").pluck().get()).toBe(5n);
  });

  describe("what was withdrawn since", () => {
    const user = () => database().$client.prepare("SELECT disabled_at FROM portal_users").pluck().get();
    const key = () => database().$client.prepare("SELECT revoked_at FROM api_keys").pluck().get();
    const actions = () =>
      database()
        .$client.prepare("SELECT action FROM audit_entries ORDER BY id DESC LIMIT 3")
        .pluck()
        .all() as string[];

    beforeEach(async () => {
      const { id } = value(await createPortalUser({ email: "gone@example.edu", role: "admin" }, operator));
      const apiKey = await createApiKey({ name: "Tutor", organization: 1, expires: null }, operator);
      expect((await bursar(["backup", "--force", backup])).code).toBe(0);
      value(await setPortalUserDisabled({ id, disabled: true }, operator));
      value(await revokeApiKey({ id: value(apiKey).id }, operator));
    });

    test("stays disabled and revoked, and is listed", async () => {
      const restored = await bursar(["restore", backup]);
      expect(restored).toMatchObject({ code: 0, err: "" });
      expect(restored.out).toMatch(
        /Disabled, revoked, removed or used since the backup, and still so \(--as-it-was restores them too\):\n {2}portal user gone@example\.edu\n {2}API key Tutor \(\S+…\)\n/,
      );
      expect(user()).toBeTypeOf("bigint");
      expect(key()).toBeTypeOf("bigint");
      expect(actions()).toEqual(["api_key.revoked", "portal_user.disabled", "portal.restored"]);
      closeDatabase();
      expect(verifyDatabase(databaseFile()).ok).toBe(true);
    });

    test("lives again with --as-it-was, and is listed", async () => {
      const restored = await bursar(["restore", "--as-it-was", "--json", backup]);
      expect(JSON.parse(restored.out)).toMatchObject({
        withdrawn: { users: ["gone@example.edu"], keys: [{ name: "Tutor" }] },
      });
      expect([user(), key()]).toEqual([null, null]);
      expect(actions()[0]).toBe("portal.restored");
    });
  });

  test("ends the imports that ran when the backup was made", async () => {
    change(`
      INSERT INTO portal_users (id, email, email_key, created_at) VALUES (1, 'o@example.edu', 'o@example.edu', 0);
      INSERT INTO imports (id, kind, file_name, byte_length, status, portal_user_id, created_at)
        VALUES ('a', 'members', 'a.csv', 1, 'importing', 1, 0), ('b', 'members', 'b.csv', 1, 'done', 1, 0);
    `);
    expect((await bursar(["restore", "--skip-verify", backup])).code).toBe(0);
    expect(database().$client.prepare("SELECT id, status, error FROM imports ORDER BY id").all()).toEqual([
      {
        id: "a",
        status: "failed",
        error:
          "The portal was restored from a backup that was made during the import. Nothing was imported; upload the file again.",
      },
      { id: "b", status: "done", error: null },
    ]);
  });

  test("sets up a machine that has nothing", async () => {
    const directory = path.join(elsewhere, "new");
    expect(await bursar(["restore", backup], directory)).toMatchObject({ code: 0 });
    expect(entries(databaseFile(directory))).toBe(4);
    expect(readdirSync(directory)).not.toContain("replaced");
  });

  test("takes the place of a database that is damaged past opening, and of the log beside it", async () => {
    closeDatabase();
    writeFileSync(databaseFile(), "rubbish");
    writeFileSync(`${databaseFile()}-wal`, "more rubbish");
    const restored = await bursar(["restore", backup, "--json"]);
    expect(restored.code).toBe(0);
    const { replaced } = JSON.parse(restored.out);
    expect(readFileSync(path.join(replaced, "bursar.sqlite"), "utf8")).toBe("rubbish");
    expect(readFileSync(path.join(replaced, "bursar.sqlite-wal"), "utf8")).toBe("more rubbish");
    expect(entries(databaseFile())).toBe(4);
  });

  /** A process that has the database open, as the portal does. */
  async function holdDatabase(): Promise<ChildProcess> {
    closeDatabase();
    const holder = spawn(process.execPath, ["tests/support/hold-database.ts", "0"], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env },
    });
    // Also when an expectation fails: as long as the process lives, so does the test run that it got its output from.
    onTestFinished(() => {
      holder.kill("SIGKILL");
    });
    await once(holder.stdout, "data");
    return holder;
  }

  test("puts the backup under a process that works on the folder, which goes on with it", async () => {
    const holder = await holdDatabase();
    const here = database();
    const count = here.$client.prepare("SELECT count(*) FROM ledger_entries").pluck();
    expect(count.get()).toBe(5n);
    const restored = await bursar(["restore", backup, "--json"]);
    expect(restored).toMatchObject({ code: 0, err: "" });
    // The same handle, and the same statement.
    expect(count.get()).toBe(4n);
    expect(here.$client.pragma("journal_mode", { simple: true })).toBe("wal");
    await spend();
    expect(count.get()).toBe(5n);
    const { replaced } = JSON.parse(restored.out);
    expect(entries(path.join(replaced, "bursar.sqlite"))).toBe(5);
    expect(mode(path.join(replaced, "bursar.sqlite"))).toBe("600");
    expect(holder.exitCode).toBeNull();
    holder.kill("SIGKILL");
    await once(holder, "exit");
    closeDatabase();
    expect(verifyDatabase(databaseFile())).toMatchObject({ ok: true, ledgerEntries: 5 });
    expect(readdirSync(process.env.DATA_DIR ?? "").filter((name) => name.startsWith("restoring"))).toEqual(
      [],
    );
  });

  test("waits for a write that is under way, and loses none that was committed", async () => {
    const here = database();
    let isRestored = false;
    let committed = 0;
    const write = async () => {
      while (!isRestored) {
        // One that the restore cuts off throws, and is not committed.
        const isCommitted = await spend().then(
          (outcome) => outcome.ok,
          () => false,
        );
        if (isCommitted) committed += 1;
        // After each write, because writes that begin every 20 ms leave the restore no lock where a disk takes longer.
        await sleep(20);
      }
    };
    const writing = write();
    const restored = await bursar(["restore", backup, "--json"]);
    isRestored = true;
    await writing;
    expect(restored).toMatchObject({ code: 0, err: "" });
    const previous = path.join(JSON.parse(restored.out).replaced, "bursar.sqlite");
    expect(verifyDatabase(previous)).toMatchObject({ ok: true });
    // What was written before is in the database that was replaced, and what came after is in the one that replaced it.
    const afterwards = Number(here.$client.prepare("SELECT count(*) FROM ledger_entries").pluck().get()) - 4;
    expect(committed).toBeGreaterThan(0);
    expect(entries(previous) - 5 + afterwards).toBe(committed);
    expect(
      here.$client
        .prepare("SELECT count(*) FROM audit_entries WHERE action = 'portal.restored'")
        .pluck()
        .get(),
    ).toBe(1n);
    closeDatabase();
    expect(verifyDatabase(databaseFile()).ok).toBe(true);
  });

  test("leaves a portal of another version alone", async () => {
    database().$client.prepare("DELETE FROM migrations WHERE tag = ?").run(journal.entries.at(-1)?.tag);
    const older = await bursar(["restore", backup, "--json"]);
    expect(older.code).toBe(1);
    expect(JSON.parse(older.out)).toMatchObject({ error: { code: "in_use" } });
    expect(database().$client.prepare("SELECT count(*) FROM ledger_entries").pluck().get()).toBe(5n);
    expect(existsSync(path.join(process.env.DATA_DIR ?? "", "replaced"))).toBe(false);
  });

  test("refuses while another program has the database open", async () => {
    closeDatabase();
    const other = new Sqlite(databaseFile());
    other.prepare("SELECT count(*) FROM settings").get();
    const refused = await bursar(["restore", backup]);
    other.close();
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/^Another program has .* open\./) });
    expect(entries(databaseFile())).toBe(5);
  });

  test("brings an older backup to this version's schema before it takes its place", async () => {
    const older = path.join(elsewhere, "older");
    const sqlite = new Sqlite(older);
    sqlite.exec("CREATE TABLE migrations (tag TEXT PRIMARY KEY NOT NULL, applied_at INTEGER NOT NULL)");
    const [first, ...later] = journal.entries.map((entry) => entry.tag);
    sqlite.exec(readFileSync(path.join("db", "migrations", `${first}.sql`), "utf8"));
    sqlite.prepare("INSERT INTO migrations VALUES (?, 0)").run(first);
    sqlite.close();
    closeDatabase();
    const restored = await bursar(["restore", older, "--json"]);
    expect(restored).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(restored.out)).toMatchObject({ migrations: later, verified: true, ledgerEntries: 0 });
    expect(verifyDatabase(databaseFile()).ok).toBe(true);
  });

  test.each([
    ["newer_database", "INSERT INTO migrations VALUES ('9999_from_tomorrow', 0)", "9999_from_tomorrow"],
    ["not_a_backup", "DROP TABLE migrations", "is not a Bursar database"],
    ["mismatch", "UPDATE organizations SET balance = balance + 1 WHERE id = 1", "--skip-verify"],
  ])("refuses with %s and changes nothing: %s", async (code, sql, reason) => {
    change(sql);
    closeDatabase();
    const before = readFileSync(databaseFile());
    const refused = await bursar(["restore", backup, "--json"]);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({ error: { code } });
    expect(refused.err).toContain(reason);
    expect(readFileSync(databaseFile()).equals(before)).toBe(true);
    expect(readdirSync(process.env.DATA_DIR ?? "")).not.toContain("replaced");
  });

  test("refuses a file with a damaged page, and one that is missing", async () => {
    const bytes = readFileSync(backup);
    writeFileSync(backup, bytes.fill(0xff, 4096 * 3, 4096 * 4));
    closeDatabase();
    const refused = await bursar(["restore", backup, "--json"]);
    expect(JSON.parse(refused.out)).toMatchObject({ error: { code: "damaged" } });
    expect(await bursar(["restore", path.join(elsewhere, "no")])).toMatchObject({ code: 1 });
    expect(entries(databaseFile())).toBe(5);
  });

  test("restores figures that do not agree when it is told not to verify", async () => {
    change("UPDATE organizations SET balance = balance + 1 WHERE id = 1");
    closeDatabase();
    const restored = await bursar(["restore", backup, "--skip-verify", "--json"]);
    expect(JSON.parse(restored.out)).toMatchObject({ verified: false });
    expect(verifyDatabase(databaseFile()).ok).toBe(false);
  });
});

import { readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { closeDatabase, database, openDatabase, write } from "#db/client.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { COUNTERS, sumSpending } from "#lib/verify/counters.ts";
import { UnverifiableError, verifyDatabase, verifyDatabaseInThreads } from "#lib/verify/verify.ts";
import { credits, operator, requestId, spend, value } from "#tests/support/builders.ts";
import { useCopyOfDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

const file = () => path.join(process.env.DATA_DIR ?? "", "bursar.sqlite");
/** "check: row: message" of everything at fault. */
const faults = () =>
  verifyDatabase(file()).checks.flatMap((check) =>
    check.mismatches.map(({ row, message }) => `${check.name}: ${row}: ${message}`),
  );

useCopyOfDatabase(async () => {
  await makeSmallEnterprise();
  value(await spend({ credits: 47_000n }));
  value(await spend({ credits: credits(3), organization: "ART" }));
  value(await spend({ credits: credits(2), member: "bo@example.edu", application: "tutor" }));
  value(await reverseEntry({ entry: 5, note: "charged twice", requestId: requestId() }, operator));
});

it("finds nothing where only the commands have written", () => {
  const report = verifyDatabase(file());
  expect(faults()).toEqual([]);
  expect(report).toMatchObject({ ok: true, faults: 0, ledgerEntries: 7 });
  expect(report.auditEntries).toBeGreaterThan(8);
  expect(report.auditHash).toMatch(/^[0-9a-f]{64}$/);
});

it("names each check before it begins", () => {
  const names: string[] = [];
  const { checks } = verifyDatabase(file(), { onProgress: (check) => names.push(check) });
  expect(names).toEqual([
    "integrity",
    "references",
    "keys",
    "schema",
    "choices",
    "ledger",
    "reversals",
    "spending",
    "credit_types",
    "deliveries",
    "organizations",
    "memberships",
    "credit_type_members",
    "credit_type_months",
    "members",
    "membership_months",
    "organization_days",
    "organization_months",
    "credit_type_days",
    "api_key_days",
    "allowances",
    "alerts",
    "audit",
    "audit trail",
    "batches",
    "expected hashes",
  ]);
  expect(names).toEqual(checks.map((check) => check.name).filter((name) => name !== "ledger chain"));
});

it("accepts the tables that Litestream makes, and no others", () => {
  const { $client: sqlite } = database();
  sqlite.exec("CREATE TABLE IF NOT EXISTS _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)");
  sqlite.exec("CREATE TABLE IF NOT EXISTS _litestream_lock (id INTEGER)");
  sqlite.exec("INSERT INTO _litestream_seq VALUES (1, 1)");
  closeDatabase();
  expect(faults()).toEqual([]);
  database().$client.exec("CREATE TABLE _litestream_other (id INTEGER)");
  closeDatabase();
  expect(faults()).toEqual(["schema: table _litestream_other: was not made by a migration"]);
});

test.each([
  ["DROP TRIGGER organizations_never_deleted", /^schema: trigger organizations_never_deleted: is missing$/],
  ["CREATE TABLE extra (n)", /^schema: table extra: was not made by a migration$/],
  [
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '>= 0', '>= -9') WHERE name = 'organizations'",
    /^schema: table organizations: differs from the migrations$/,
  ],
])("names a schema that the migrations have not made: %s", (sql, fault) => {
  const { $client: sqlite } = database();
  sqlite.unsafeMode();
  sqlite.exec(sql);
  closeDatabase();
  expect(faults().filter((line) => fault.test(line))).toHaveLength(1);
});

/** As an attacker with the file would: without the triggers that guard the tables. */
function tamper(sql: string): void {
  const sqlite = database().$client;
  sqlite.pragma("foreign_keys = OFF");
  sqlite.pragma("ignore_check_constraints = ON");
  const guards = sqlite
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name NOT LIKE '%search%' ORDER BY name",
    )
    .pluck()
    .all();
  for (const guard of guards) sqlite.exec(`DROP TRIGGER ${guard}`);
  sqlite.exec(sql);
}

const AUDIT_COLUMNS =
  "at, actor_kind, actor_id, actor_label, address, action, subject_kind, subject_id, subject_label, before, after";

describe("names what was changed with SQL", () => {
  test.each([
    [
      "UPDATE credit_types SET available = available + 1",
      "ledger: credit_types 1 (JPY Credits): available is",
    ],
    ["UPDATE credit_types SET total_purchased = 0", "total_purchased is 0, but 10000 in the ledger"],
    ["UPDATE credit_types SET total_spent = 9", "accounts sum to"],
    ["UPDATE credit_types SET balance = 5", "ledger: credit_types 1 (JPY Credits): balance is 0.000005"],
    [
      "UPDATE credit_types SET organizations = 3",
      "credit_types: credit_types 1 (JPY Credits): organizations is 3",
    ],
    ["UPDATE credit_types SET active_organizations = 1", "active_organizations is 1, it should be 2"],
    ["UPDATE credit_types SET members = 4", "members is 4, it should be 3"],
    [
      "UPDATE organizations SET balance = 7 WHERE id = 2",
      "ledger: organizations 2 (ART): balance is 0.000007",
    ],
    ["UPDATE organizations SET spent = 7 WHERE id = 2", "ledger: organizations 2 (ART): spent is 0.000007"],
    [
      "UPDATE organizations SET members = 9 WHERE id = 2",
      "organizations: organizations 2 (ART): members is 9",
    ],
    [
      "UPDATE organizations SET credits_moved = 0 WHERE id = 1",
      "organizations 1 (LAW): credits_moved is 0, but",
    ],
    [
      "UPDATE memberships SET spent = 1 WHERE id = 3",
      "memberships: memberships 3 (member 2): spent is 0.000001",
    ],
    [
      "UPDATE memberships SET last_active_at = 1 WHERE id = 3",
      "memberships 3 (member 2): last_active_at is 1",
    ],
    [
      "UPDATE memberships SET near_allowance_month = 202601 WHERE id = 3",
      "memberships: memberships 3 (member 2): near_allowance_month is 202601",
    ],
    ["UPDATE memberships SET active = 0 WHERE id = 3", "members 2 (bo@example.edu): active_memberships is 1"],
    ["UPDATE members SET spent = 1 WHERE id = 1", "members: members 1 (ana@example.edu): spent is 0.000001"],
    ["UPDATE members SET memberships = 1 WHERE id = 1", "members 1 (ana@example.edu): memberships is 1"],
    ["UPDATE membership_months SET spent = spent + 1", "membership_months: membership_months 1/"],
    ["DELETE FROM membership_months WHERE membership_id = 3", "spent is empty, it should be 2"],
    [
      "UPDATE membership_months SET organization_id = 2 WHERE membership_id = 3",
      "organization_id is 2, it should be 1",
    ],
    [
      "INSERT INTO organization_days VALUES (1, 20200101, 1, 5)",
      "organization_days: organization_days 1/20200101/1",
    ],
    ["UPDATE credit_type_days SET spent = 1", "credit_type_days: credit_type_days 1/"],
    [
      "UPDATE credit_type_members SET members = 9",
      "credit_type_members: credit_type_members 1/creator/1: members is 9",
    ],
    ["DELETE FROM credit_type_members", "credit_type_members 1/creator/1: members is empty, it should be 3"],
    ["UPDATE credit_type_months SET active_members = 9", "credit_type_months: credit_type_months 20"],
    ["DELETE FROM credit_type_months", "active_members is empty, it should be"],
    [
      "DELETE FROM applications WHERE id = 2",
      "references: ledger_entries 6: refers to a row of applications",
    ],
    [
      "UPDATE applications SET merged_into_id = 3 - id",
      "references: applications 1: is merged into an application that is merged itself",
    ],
    [
      "UPDATE memberships SET merged_into_id = id + 1 WHERE id = 1",
      "references: memberships 1: is merged, so it should be inactive and name the membership that counts",
    ],
    ["UPDATE ledger_entries SET amount = amount + 1 WHERE id = 4", "ledger: ledger_entries 4: has a balance"],
    ["UPDATE ledger_entries SET amount = 'much' WHERE id = 4", "ledger_entries 4: holds no amount"],
    [
      "UPDATE ledger_entries SET balance_after = 5 WHERE id = 4",
      "ledger_entries 4: has a balance of 0.000005",
    ],
    ["UPDATE ledger_entries SET day = 20200101 WHERE id = 4", "ledger_entries 4: counts in the day 20200101"],
    [
      "UPDATE ledger_entries SET month_spent_after = 1 WHERE id = 4",
      "allowances: ledger_entries 4: month_spent",
    ],
    ["UPDATE ledger_entries SET allowance_then = 1 WHERE id = 4", "allowances: ledger_entries 4"],
    [
      "UPDATE ledger_entries SET amount = 1 WHERE id = 7",
      "reversals: ledger_entries 7: is not the opposite of 5",
    ],
    ["UPDATE ledger_entries SET reverses_id = 99 WHERE id = 7", "ledger_entries 7: reverses 99, which is no"],
    [
      "UPDATE ledger_entries SET membership_id = 2 WHERE id = 4",
      "ledger_entries 4: names a membership of another",
    ],
    ["UPDATE ledger_entries SET kind = 'gift' WHERE id = 4", "ledger_entries 4: kind gift does not go from"],
    ["DELETE FROM ledger_entries WHERE id = 4", "ledger_entries 5: before it, 4 is missing"],
    [
      "DELETE FROM ledger_entries WHERE id = 7",
      "organizations 2 (ART): balance is 1000, but 997 in the ledger",
    ],
    [
      "UPDATE organizations SET name = 'Faculty of Lies' WHERE id = 1",
      "keys: organizations 1 (LAW): name_key",
    ],
    ["UPDATE organizations SET name = 'Lies' WHERE id = 1", 'audit trail: organization 1: name is "Lies"'],
    [
      "UPDATE organizations SET monthly_allowance = 5 WHERE id = 1",
      'monthlyAllowance is "0.000005", but audit entry',
    ],
    ["UPDATE organizations SET active = 0 WHERE id = 1", 'status is "inactive"'],
    ["UPDATE memberships SET allowance = 'unlimited'", 'membership 1: monthlyAllowance is "unlimited"'],
    ["UPDATE credit_types SET exchange_rate = 2", 'credit_type 1: exchangeRate is "0.000002"'],
    ["UPDATE members SET email_key = 'x' WHERE id = 1", "keys: members 1 (ana@example.edu): email_key"],
    [
      "UPDATE organizations SET search_text = 'x' WHERE id = 1",
      "keys: organizations 1 (LAW): search_text does not belong to its name",
    ],
    [
      "UPDATE members SET search_text = 'x' WHERE id = 1",
      "keys: members 1 (ana@example.edu): search_text does not belong to its name",
    ],
    [
      "UPDATE memberships SET name_key = 'x' WHERE id = 2",
      "keys: memberships 2: name_key is not its member's",
    ],
    ["UPDATE audit_entries SET after = '{}' WHERE id = 3", "audit: audit_entries 3: was altered"],
    ["UPDATE audit_entries SET at = at + 1 WHERE id = 1", "audit: audit_entries 1: was altered"],
    ["UPDATE audit_entries SET address = '10.0.0.1' WHERE id = 2", "audit: audit_entries 2: was altered"],
    ["DELETE FROM audit_entries WHERE id = 3", "audit: audit_entries 4: before it, 3 is missing"],
    [
      "DELETE FROM audit_entries WHERE id = (SELECT max(id) FROM audit_entries)",
      "is missing: the entries end at",
    ],
    [
      `INSERT INTO audit_entries SELECT max(id) + 1, ${AUDIT_COLUMNS}, hash, hash, organization_id FROM audit_entries`,
      "was added after the last entry",
    ],
    [
      `INSERT INTO audit_entries SELECT 0, ${AUDIT_COLUMNS}, previous_hash, hash, organization_id FROM audit_entries WHERE id = 1`,
      "audit: audit_entries 0: was inserted before the first",
    ],
    ["DELETE FROM audit_end", "audit: audit_end: is missing"],
  ])("%s", (sql, expected) => {
    tamper(sql);
    expect(faults().join("\n")).toContain(expected);
  });

  test("an entry that is reversed twice", () => {
    tamper(`
      DROP INDEX ledger_entries_reverses;
      INSERT INTO ledger_entries SELECT 8, kind, debit_account, credit_account, amount, credit_type_id, organization_id,
        membership_id, application_id, reverses_id, occurred_at, day, recorded_at, 'again', source, request_hash,
        balance_after, month_spent_after, allowance_then, api_key_id, metadata, note FROM ledger_entries WHERE id = 7`);
    expect(faults().join("\n")).toContain("ledger_entries 8: reverses 5, which was reversed before");
  });

  test("the first of many faults, and the number of the others", () => {
    tamper("UPDATE ledger_entries SET day = 20200101, balance_after = 1");
    const report = verifyDatabase(file(), { limit: 3 });
    const ledger = report.checks.find((check) => check.name === "ledger");
    expect(ledger).toMatchObject({ faults: 14 });
    expect(ledger?.mismatches).toHaveLength(3);
  });
});

test("each sum of the ledger finds its counter by a key: a scan a row would never end at full size", () => {
  const sqlite = database().$client;
  sumSpending(sqlite);
  const plans = [
    "membership_months",
    "organization_days",
    "organization_months",
    "credit_type_days",
    "api_key_days",
  ].map((name) => sqlite.prepare(`EXPLAIN QUERY PLAN ${COUNTERS[name]?.[0]?.sql}`).all()) as {
    detail: string;
  }[][];
  for (const plan of plans) {
    expect(plan[1]?.detail).toMatch(/^SEARCH t USING PRIMARY KEY .* LEFT-JOIN$/);
  }
});

describe("beside others", () => {
  it("holds no writer up, and sees what was committed when it began", async () => {
    const other = openDatabase(file());
    other.$client.exec("BEGIN IMMEDIATE; UPDATE organizations SET balance = 1");
    expect(verifyDatabase(file()).ok).toBe(true);
    other.$client.exec("ROLLBACK");
    other.$client.close();
    await write((tx) => tx.run("UPDATE settings SET updated_at = 1"));
  });

  it("does not see what is committed while it runs", () => {
    const other = openDatabase(file());
    const sql = "UPDATE organizations SET balance = 1, members = 9 WHERE id = 1";
    const onProgress = (check: string) => {
      if (check === "choices") other.$client.exec(sql);
    };
    expect(verifyDatabase(file(), { onProgress }).ok).toBe(true);
    other.$client.close();
    expect(faults()).toHaveLength(2);
  });

  it("leaves no snapshot behind, which would keep the write-ahead log from being emptied", () => {
    verifyDatabase(file());
    const { $client: sqlite } = database();
    sqlite.exec("UPDATE settings SET updated_at = 1");
    expect(sqlite.pragma("wal_checkpoint(TRUNCATE)")).toMatchObject([{ busy: 0n }]);
  });

  it("sorts in the folder of the database, unless another one is set", () => {
    const before = process.env.SQLITE_TMPDIR;
    try {
      delete process.env.SQLITE_TMPDIR;
      verifyDatabase(file());
      expect(process.env.SQLITE_TMPDIR).toBe(process.env.DATA_DIR);
      process.env.SQLITE_TMPDIR = "/tmp";
      verifyDatabase(file());
      expect(process.env.SQLITE_TMPDIR).toBe("/tmp");
    } finally {
      if (before === undefined) delete process.env.SQLITE_TMPDIR;
      else process.env.SQLITE_TMPDIR = before;
    }
  });

  it("leaves the file as it was", () => {
    closeDatabase();
    const before = readFileSync(file());
    verifyDatabase(file());
    expect(readFileSync(file()).equals(before)).toBe(true);
  });
});

describe("with the structures in a second thread", () => {
  const inThreads = () => verifyDatabaseInThreads(file(), { threadBytes: 0, limit: 3 });

  it("finds nothing where only the commands have written", async () => {
    expect(await inThreads()).toEqual(verifyDatabase(file()));
  });

  it("reports the faults of both threads, as one thread does", async () => {
    tamper(`UPDATE organizations SET balance = 7, members = 9 WHERE id = 2;
      UPDATE ledger_entries SET application_id = 9 WHERE membership_id IS NOT NULL`);
    // The index's entries are no longer those of its definition.
    const sqlite = database().$client;
    sqlite.unsafeMode();
    sqlite.exec(`PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, 'created_at', 'spent') WHERE name = 'members_created'`);
    closeDatabase();
    const report = await inThreads();
    expect(report).toEqual(verifyDatabase(file(), { limit: 3 }));
    const faultsOf = (name: string) => report.checks.find((check) => check.name === name)?.faults;
    expect(faultsOf("integrity")).toBeGreaterThan(0);
    expect(faultsOf("references")).toBe(4);
    expect(faultsOf("organizations")).toBe(1);
    expect(report.faults).toBe(report.checks.reduce((sum, check) => sum + check.faults, 0));
    expect(report.ok).toBe(false);
  });

  it("names integrity last, when it waits for it", async () => {
    const names: string[] = [];
    await verifyDatabaseInThreads(file(), { threadBytes: 0, onProgress: (check) => names.push(check) });
    expect(names.at(0)).toBe("schema");
    expect(names.at(-1)).toBe("integrity");
  });

  it("is for files from a size on", async () => {
    closeDatabase();
    const { size } = statSync(file());
    const firstCheck = async (threadBytes?: number) => {
      const names: string[] = [];
      const onProgress = (check: string) => names.push(check);
      await verifyDatabaseInThreads(file(), {
        onProgress,
        ...(threadBytes !== undefined && { threadBytes }),
      });
      return names[0];
    };
    // One thread alone begins with the structures.
    expect([await firstCheck(), await firstCheck(size + 1), await firstCheck(size)]).toEqual([
      ...["integrity", "integrity"],
      "schema",
    ]);
  });

  it("ends with the error of the one that called it", async () => {
    const onProgress = () => {
      throw new Error("the terminal is gone");
    };
    await expect(verifyDatabaseInThreads(file(), { threadBytes: 0, onProgress })).rejects.toThrow(
      "the terminal is gone",
    );
  });

  it("refuses what cannot be verified", async () => {
    const other = path.join(process.env.DATA_DIR ?? "", "other.sqlite");
    writeFileSync(other, "no database at all ".repeat(1000));
    await expect(verifyDatabaseInThreads(other, { threadBytes: 0 })).rejects.toThrow(/is not a database/);
  });
});

describe("a damaged file", () => {
  it("is named where the schema lacks a column that a check reads", () => {
    tamper("ALTER TABLE audit_entries RENAME COLUMN after TO aftermath");
    closeDatabase();
    expect(faults()).toContain("audit trail: the database: cannot be read further: no such column: after");
    expect(faults()).toContain("schema: table audit_entries: differs from the migrations");
  });

  it("has no hash of a chain that cannot be read", () => {
    tamper(`ALTER TABLE audit_entries RENAME COLUMN id TO number;
      UPDATE ledger_entries SET id = 9007199254740993 WHERE id = 7`);
    closeDatabase();
    const { ledgerEntries, ledgerHash, auditEntries, auditHash } = verifyDatabase(file());
    expect([ledgerEntries, ledgerHash]).toEqual([0, "0".repeat(32)]);
    expect([auditEntries, auditHash]).toEqual([0, "0".repeat(64)]);
  });

  it.each([
    ["UPDATE settings SET ask_again_above = 'x'", "audit trail"],
    ["UPDATE credit_types SET exchange_rate = x'00' WHERE id = 1", "audit trail"],
    ["UPDATE ledger_chain SET hash = 5 WHERE last_id = 3", "ledger"],
    ["UPDATE organizations SET monthly_allowance = 'x' WHERE id = 1", "audit trail"],
  ])("is named where a value is of another type: %s", (sql, check) => {
    tamper(sql);
    const report = verifyDatabase(file());
    expect(report.checks.filter(({ faults }) => faults > 0).map(({ name }) => name)).toContain(check);
  });
});

describe("reports in one line what cannot be verified", () => {
  const other = () => path.join(process.env.DATA_DIR ?? "", "other.sqlite");

  test("no database", () => {
    expect(() => verifyDatabase(other())).toThrow(
      new UnverifiableError(`There is no database at ${other()}.`),
    );
  });

  test("an empty file", () => {
    writeFileSync(other(), "");
    expect(() => verifyDatabase(other())).toThrow(new UnverifiableError(`${other()} is empty (0 bytes).`));
  });

  test("a file that is none", () => {
    writeFileSync(other(), "no database at all ".repeat(1000));
    expect(() => verifyDatabase(other())).toThrow(
      new UnverifiableError(
        `${other()} is not a database, or is too damaged to be checked (file is not a database).`,
      ),
    );
  });

  test("a database of an older version, which is left as it is", () => {
    database().$client.exec("DELETE FROM migrations WHERE rowid > (SELECT max(rowid) - 2 FROM migrations)");
    expect(() => verifyDatabase(file())).toThrow(
      /^\S+ is of an older version: start the portal once to bring it to this one \(\w+, \w+\)\.$/,
    );
  });
});

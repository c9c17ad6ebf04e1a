import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, it, test } from "vitest";
import { closeDatabase, database } from "#db/client.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import { Checks } from "#lib/verify/checks.ts";
import { checkLedger } from "#lib/verify/ledger/entries.ts";
import { type IndexedEntry, IndexSums, LEDGER_INDEXES, sumOfIndex } from "#lib/verify/ledger/indexes.ts";
import { EntryReferences } from "#lib/verify/references.ts";
import type { VerifyReport } from "#lib/verify/report.ts";
import {
  areSound,
  divideStructures,
  nameUnsound,
  newFindings,
  prepareToVerify,
  runUnclaimed,
  startStructuresThread,
} from "#lib/verify/structures.ts";
import { verifyDatabase, verifyDatabaseInThreads } from "#lib/verify/verify.ts";
import { WeightedSums } from "#lib/verify/weighted-sums.ts";
import { mixValue } from "#lib/verify/weights.ts";
import {
  aCreditType,
  credits,
  operator,
  requestId,
  spend,
  usageEvent,
  value,
} from "#tests/support/builders.ts";
import { useCopyOfDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { tamper } from "#tests/support/tampering.ts";

// The ledger's indexes are compared with the ledger by sums, in place of SQLite's own check, which looks up each row.

const file = () => path.join(process.env.DATA_DIR ?? "", "bursar.sqlite");
const NOW = new Date("2026-11-26T12:00:00Z");
const MORNING = new Date("2026-11-26T08:00:00Z");
const NOON = new Date("2026-11-26T11:00:00Z");

useCopyOfDatabase(async () => {
  await makeSmallEnterprise();
  // More than a number holds exactly.
  await aCreditType({ name: "EUR Credits", available: credits(900_000_000_000) + 1n });
  const { id, name } = value(
    await createApiKey({ organization: null, name: "Tutor", expires: null, requestId: undefined }, operator),
  );
  const key = { kind: "api_key", id, name, organizationId: null, address: null } as const;
  const few = { credits: 1n, occurredAt: MORNING };
  const batches = [
    // More of one time, person and application than are read at once; and texts whose order SQLite and JavaScript see
    // differently: the first of them comes last in UTF-8 and first in UTF-16.
    Array.from({ length: 700 }, (_, n) => usageEvent({ ...few, id: `a-${n}` })),
    Array.from({ length: 700 }, (_, n) => usageEvent({ ...few, id: `b-${n}` })),
    ["\u{1f600}", "\uffee", "é", "z"].map((id) => usageEvent({ ...few, id })),
    [usageEvent({ ...few, organization: "ART", application: "tutor", metadata: `{"model":"small"}` })],
    [usageEvent({ ...few, occurredAt: NOON, metadata: `{"model":"large"}` })],
  ];
  for (const events of batches) {
    for (const outcome of await recordBatch(events, key, { now: NOW })) value(outcome);
  }
  for (const entry of [6, 1_409]) {
    value(await reverseEntry({ entry, note: "twice", requestId: requestId() }, operator));
  }
});

/** Whether the parts find nothing, and else what is named. */
function check(): { isSound: boolean; named: string[] } {
  const sqlite = new Sqlite(file(), { readonly: true });
  try {
    prepareToVerify(sqlite);
    const checks = new Checks(20);
    const indexes = new IndexSums();
    const parts = divideStructures(sqlite, indexes);
    checkLedger(sqlite, {
      fault: checks.add("ledger"),
      chainFault: checks.add("ledger chain"),
      sums: new WeightedSums(sqlite),
      references: new EntryReferences(sqlite),
      indexes,
      onShare: () => {},
    });
    const findings = newFindings();
    runUnclaimed(sqlite, checks, parts, findings);
    const isSound = areSound([newFindings(), findings], indexes);
    if (!isSound) nameUnsound(sqlite, checks, parts, indexes);
    const named = checks.reports.flatMap(({ name, mismatches }) =>
      mismatches.map(({ row, message }) => `${name}: ${row}: ${message}`),
    );
    return { isSound, named };
  } finally {
    sqlite.close();
  }
}

type LedgerIndex = (typeof LEDGER_INDEXES)[number];

/** The columns of an index. SQLite adds the id to those that do not have it. */
const columnsOf = ({ columns }: LedgerIndex) =>
  columns.at(-1) === "id" ? columns.slice(0, -1) : columns.slice();

/** Fills an index by another definition, and leaves its own in the schema. */
function fillOtherwise({ name }: LedgerIndex, columns: readonly string[], where: string | undefined): void {
  const sqlite = new Sqlite(file());
  try {
    sqlite.unsafeMode();
    const sql = sqlite.prepare("SELECT sql FROM sqlite_schema WHERE name = ?").pluck().get(name);
    sqlite.exec(`DROP INDEX ${name};
      CREATE INDEX ${name} ON ledger_entries (${columns.join(", ")}) ${where ? `WHERE ${where}` : ""};
      PRAGMA writable_schema = ON`);
    sqlite.prepare("UPDATE sqlite_schema SET sql = ? WHERE name = ?").run(sql, name);
  } finally {
    sqlite.close();
  }
}

it("knows each index of the ledger as the migrations create it", () => {
  const stored = database()
    .$client.prepare<[], { name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'ledger_entries'",
    )
    .all();
  const normal = (sql: string) => sql.replaceAll(/[`\s]/g, "").replace("UNIQUE", "");
  const written = (index: LedgerIndex) =>
    `CREATE INDEX ${index.name} ON ledger_entries (${columnsOf(index)}) ${index.where ? `WHERE ${index.where}` : ""}`;
  expect(new Map(LEDGER_INDEXES.map((index) => [index.name, normal(written(index))]))).toEqual(
    new Map(stored.map(({ name, sql }) => [name, normal(sql)])),
  );
});

it("reads each index in its order, without sorting and with a seek for each page", () => {
  const sqlite = new Sqlite(file(), { readonly: true });
  const prepare = sqlite.prepare.bind(sqlite);
  const plans: string[] = [];
  sqlite.prepare = ((sql: string) => {
    const plan = prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...[1, 1, 1].slice(0, sql.split("?").length - 1));
    plans.push((plan as { detail: string }[]).map(({ detail }) => detail).join("; "));
    return prepare(sql);
  }) as typeof sqlite.prepare;
  for (const index of LEDGER_INDEXES) {
    plans.length = 0;
    sumOfIndex(sqlite, index, { seed: 1, lastId: 1 });
    expect(plans.length).toBeGreaterThanOrEqual(2);
    for (const plan of plans) {
      expect(plan).toMatch(
        new RegExp(`^(SEARCH|SCAN) ledger_entries USING (COVERING )?INDEX ${index.name}\\b[^;]*$`),
      );
    }
  }
  sqlite.close();
});

it("finds nothing, and does not need SQLite's check of the whole file, where only the commands have written", () => {
  closeDatabase();
  expect(check()).toEqual({ isSound: true, named: [] });
});

describe.each(LEDGER_INDEXES.map((index) => [index.name, index] as const))("%s", (_, index) => {
  const newest = () =>
    database()
      .$client.prepare(`SELECT max(id) FROM ledger_entries WHERE ${index.where ?? "1"}`)
      .pluck()
      .get() as number;

  const expectNamed = () => {
    const { isSound, named } = check();
    expect(isSound).toBe(false);
    expect(named.join("\n")).toMatch(/^integrity: /);
  };

  test("without an entry", () => {
    const without = [index.where, `id <> ${newest()}`].filter(Boolean).join(" AND ");
    closeDatabase();
    fillOtherwise(index, columnsOf(index), without);
    expectNamed();
  });

  test.each(columnsOf(index).map((column, at) => [column, at] as const))("with another %s", (column, at) => {
    const id = newest();
    closeDatabase();
    fillOtherwise(index, columnsOf(index).with(at, `iif(id = ${id}, -5, ${column})`), index.where);
    expectNamed();
  });

  test("in another order", () => {
    closeDatabase();
    const columns = columnsOf(index).map((column) => `${column} DESC`);
    fillOtherwise(index, columns, index.where);
    expectNamed();
  });
});

// Those of `IS NOT NULL` are left out: no query for values reads nulls, and neither does a check.
test.each(
  LEDGER_INDEXES.filter(({ where }) => where && !where.endsWith("IS NOT NULL")).map(
    (one) => [one.name, one] as const,
  ),
)("%s with entries that do not belong to it", (name, index) => {
  closeDatabase();
  fillOtherwise(index, columnsOf(index), undefined);
  expect(check().named).toEqual([`integrity: ledger_entries: has other rows than its index ${name}`]);
});

it("leaves out the entries after the last one of the snapshot", () => {
  const sqlite = new Sqlite(file(), { readonly: true });
  prepareToVerify(sqlite);
  const sums = (lastId: number) =>
    LEDGER_INDEXES.map((index) => sumOfIndex(sqlite, index, { seed: 1, lastId }) !== 0);
  expect([sums(0), sums(1_412)]).toEqual([LEDGER_INDEXES.map(() => false), LEDGER_INDEXES.map(() => true)]);
  sqlite.close();
});

it("reads more than two pages of one instant, also of entries without an organization and a member", () => {
  const copied = `kind, debit_account, credit_account, amount, credit_type_id, occurred_at, day, recorded_at`;
  tamper(`WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2_100)
    INSERT INTO ledger_entries (${copied}, external_id, source, request_hash, balance_after)
    SELECT ${copied}, 'copy-' || n, source, request_hash, balance_after FROM numbers JOIN ledger_entries ON id = 1`);
  closeDatabase();
  expect(check().isSound).toBe(true);
});

it("leaves what is no integer, text or null to SQLite's own check", () => {
  const index = LEDGER_INDEXES.find(({ name }) => name === "ledger_entries_kind");
  if (!index) throw new Error("no index");
  closeDatabase();
  fillOtherwise(index, ["iif(id = 1, x'00', kind)", "occurred_at"], index.where);
  expect(check()).toEqual({
    isSound: false,
    named: ["integrity: the database: row 1 missing from index ledger_entries_kind"],
  });
});

it("names an external id that occurs twice, because a unique index has each once", () => {
  const { $client: sqlite } = database();
  sqlite.unsafeMode();
  const twice = "id, external_id, source, coalesce(organization_id, 0)";
  const sql = sqlite
    .prepare("SELECT sql FROM sqlite_schema WHERE name = 'ledger_entries_external_id'")
    .pluck()
    .get();
  sqlite.exec(`DROP INDEX ledger_entries_external_id; DROP TRIGGER ledger_entries_no_update;
    UPDATE ledger_entries SET external_id = 'b-698' WHERE external_id = 'b-699';
    CREATE INDEX ledger_entries_external_id ON ledger_entries (${twice.replace("id, ", "")});
    PRAGMA writable_schema = ON`);
  sqlite.prepare("UPDATE sqlite_schema SET sql = ? WHERE name = 'ledger_entries_external_id'").run(sql);
  closeDatabase();
  const { isSound, named } = check();
  expect(isSound).toBe(false);
  expect(named).toContainEqual(
    "integrity: the database: non-unique entry in index ledger_entries_external_id",
  );
});

test("an index that the check does not know lets SQLite compare the whole ledger", async () => {
  database().$client.exec("CREATE INDEX other ON ledger_entries (recorded_at)");
  closeDatabase();
  const sqlite = new Sqlite(file(), { readonly: true });
  prepareToVerify(sqlite);
  const { seed, tables } = divideStructures(sqlite, new IndexSums());
  sqlite.close();
  expect({ seed, hasLedger: tables.includes("ledger_entries") }).toEqual({ seed: null, hasLedger: true });
  const { checks } = await verifyDatabaseInThreads(file(), { threadBytes: 0 });
  expect(checks.filter(({ faults }) => faults > 0).map(({ name }) => name)).toEqual(["schema"]);
});

test("two threads name a damaged index of the ledger as SQLite does", async () => {
  closeDatabase();
  const [organization] = LEDGER_INDEXES;
  if (!organization) throw new Error("no index");
  fillOtherwise(organization, columnsOf(organization), "id <> 3");
  const { checks } = await verifyDatabaseInThreads(file(), { threadBytes: 0 });
  expect(checks.find(({ name }) => name === "integrity")?.mismatches).toEqual([
    { row: "the database", message: "wrong # of entries in index ledger_entries_organization" },
    { row: "the database", message: "row 3 missing from index ledger_entries_organization" },
  ]);
});

describe("two threads report what one reports, also where the sums find less than it does", () => {
  const reportedByBoth = async () => {
    closeDatabase();
    const report = await verifyDatabaseInThreads(file(), { threadBytes: 0 });
    expect(report).toEqual(verifyDatabase(file()));
    return report.checks.flatMap(({ name, mismatches }) =>
      mismatches.map(({ row, message }) => `${name}: ${row}: ${message}`),
    );
  };

  const integrityOf = ({ checks }: VerifyReport) => checks.find((check) => check.name === "integrity");

  test("an index of another definition", async () => {
    database().$client.exec(`DROP INDEX ledger_entries_kind;
      CREATE INDEX ledger_entries_kind ON ledger_entries (kind, occurred_at, id) WHERE kind = 'purchase'`);
    expect(await reportedByBoth()).toEqual([
      "schema: index ledger_entries_kind: differs from the migrations",
    ]);
  });

  test("a ledger that cannot be read to its end", async () => {
    tamper("UPDATE ledger_entries SET id = 9007199254740993 WHERE id = (SELECT max(id) FROM ledger_entries)");
    expect(await reportedByBoth()).toEqual([
      "ledger: the database: cannot be read further: the id 9007199254740992 is too large",
      "audit trail: ledger_entries 1412: is missing, but audit entry 14 refers to it",
      "audit trail: ledger_entries 9007199254740993: there is no audit entry about it",
    ]);
  });

  // The parts stop at an error of SQLite, and leave what it is to SQLite's own check.
  test.each(["ledger_entries", "ledger_entries_kind"])("a damaged page of %s", async (name) => {
    const sqlite = database().$client;
    const page = Number(
      sqlite.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").pluck().get(name),
    );
    const size = Number(sqlite.pragma("page_size", { simple: true }));
    closeDatabase();
    const bytes = readFileSync(file());
    // The number of cells of the page, by https://sqlite.org/fileformat2.html#b_tree_pages.
    bytes.writeUInt16BE(2_000, (page - 1) * size + 3);
    writeFileSync(file(), bytes);
    const report = integrityOf(await verifyDatabaseInThreads(file(), { threadBytes: 0 }));
    expect(report?.faults).toBeGreaterThan(0);
    expect(report).toEqual(integrityOf(verifyDatabase(file())));
  });

  test("an index of another table without a row", async () => {
    const sqlite = database().$client;
    sqlite.unsafeMode();
    const sql = sqlite.prepare("SELECT sql FROM sqlite_schema WHERE name = 'members_created'").pluck().get();
    sqlite.exec(`DROP INDEX members_created; CREATE INDEX members_created ON members (created_at) WHERE id <> 2;
      PRAGMA writable_schema = ON`);
    sqlite.prepare("UPDATE sqlite_schema SET sql = ? WHERE name = 'members_created'").run(sql);
    expect(await reportedByBoth()).toEqual([
      "integrity: the database: wrong # of entries in index members_created",
      "integrity: the database: cannot be read further: database disk image is malformed",
    ]);
  });

  test("keys and references of other tables", async () => {
    tamper(`UPDATE memberships SET name_key = 'x' WHERE id = 2;
      INSERT INTO organization_days VALUES (1, 20261120, 9, 0)`);
    expect(await reportedByBoth()).toEqual([
      "references: organization_days 1/20261120/9: refers to a row of applications that is not there",
      "keys: memberships 2: name_key is not its member's",
    ]);
  });

  test("a model that is no text and no integer", async () => {
    value(await spend({ metadata: '{"model":1.5}', occurredAt: NOON }, NOW));
    expect(await reportedByBoth()).toEqual([]);
  });
});

describe("the sums of the entries", () => {
  const entry: IndexedEntry = {
    ...{ id: 1, kind: "spend", creditTypeId: 2, organizationId: 3, membershipId: 4, applicationId: 5 },
    ...{ apiKeyId: 6, reversesId: null, occurredAt: 7, day: 20_261_126, externalId: "a", source: "b" },
    ...{ model: "small", signed: 8 },
  };
  /** The place of the index by the time alone, and what one entry adds to its sum. */
  const OCCURRED = 2;
  const ofTime = ({ seed }: IndexSums) => mixValue(mixValue(seed, 1), 7) | 0;

  test("are those of the indexes", () => {
    const sums = new IndexSums();
    expect(sums.isRight(OCCURRED, 0)).toBe(true);
    sums.add(entry);
    expect(sums.isRight(OCCURRED, ofTime(sums))).toBe(true);
    expect(sums.isRight(OCCURRED, 0)).toBe(false);
    expect(sums.isRight(OCCURRED, null)).toBe(false);
    expect(sums.isExact).toBe(true);
  });

  test.each(Object.keys(entry).filter((column) => column !== "signed"))(
    "are given up for an entry whose %s is not exact",
    (column) => {
      const sums = new IndexSums();
      sums.add({ ...entry, [column]: 1.5 });
      expect(sums.isExact).toBe(false);
      sums.add(entry);
      for (const at of LEDGER_INDEXES.keys()) expect(sums.isRight(at, ofTime(sums))).toBe(false);
      expect(sums.isRight(OCCURRED, 0)).toBe(false);
    },
  );

  test("are given up for what has another type", () => {
    const sums = new IndexSums();
    sums.add({ ...entry, source: Buffer.from("b") as unknown as string });
    expect(sums.isExact).toBe(false);
  });
});

describe("the thread of the structures", () => {
  const partsOf = () => {
    const sqlite = new Sqlite(file(), { readonly: true });
    prepareToVerify(sqlite);
    const parts = divideStructures(sqlite, new IndexSums());
    sqlite.close();
    return parts;
  };

  it("tells why it failed, also to somebody who asks later", async () => {
    const { result } = startStructuresThread(path.join(path.dirname(file()), "none.sqlite"), 3, partsOf());
    await expect(result).rejects.toThrow("unable to open database file");
    await expect(result).rejects.toThrow("unable to open database file");
  });

  it("can be stopped", async () => {
    const { result, stop } = startStructuresThread(file(), 3, partsOf());
    await stop();
    await expect(result).rejects.toThrow("the check of the structures ended with code ");
  });
});

import { readdirSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { database, databaseFile, openDatabase } from "#db/client.ts";
import { StorageError, storageError } from "#db/unavailable.ts";
import { createCreditType } from "#lib/credit-types/commands.ts";
import { readiness } from "#lib/server/readiness.ts";
import { serving } from "#lib/server/request-log.ts";
import { operator } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();
afterEach(() => {
  serving.stopping = false;
});

let now = 0;
/** Past what was kept from the last time. */
const ready = () => {
  now += 10_000;
  return readiness(now);
};

test("ready when it can be written, also while another process is writing; not while it stops", () => {
  expect(ready()).toEqual({ ready: true });
  const other = openDatabase(databaseFile());
  other.$client.exec("BEGIN IMMEDIATE");
  expect(ready()).toEqual({ ready: true });
  other.$client.close();
  expect(readdirSync(process.env.DATA_DIR ?? "")).not.toContain("probe.tmp");
  serving.stopping = true;
  expect(ready()).toEqual({ ready: false, reason: "stopping" });
});

test("asks the disk once a second", () => {
  now += 10_000;
  expect(readiness(now)).toEqual({ ready: true });
  database().$client.exec("DROP TABLE settings");
  expect(readiness(now + 999)).toEqual({ ready: true });
  expect(readiness(now + 1_001)).toEqual({ ready: false, reason: "failing" });
});

test("a database that may not grow refuses a change as a full disk does, keeps nothing of it, and takes it later", async () => {
  const { $client: sqlite } = database();
  const pages = Number(sqlite.pragma("page_count", { simple: true }));
  const add = (name: string) =>
    createCreditType({ name, currency: "SGD", exchangeRate: 1_000_000n }, operator);
  const count = () => sqlite.prepare("SELECT count(*) FROM credit_types").pluck().get();
  sqlite.pragma(`max_page_count = ${pages}`);
  let refused: unknown;
  let writes = 0n;
  for (; writes < 5_000n && !refused; writes += 1n) {
    refused = await add(`Credits ${writes} ${"x".repeat(60)}`).then(
      () => undefined,
      (error) => error,
    );
  }
  expect(refused).toBeInstanceOf(StorageError);
  expect(refused).toMatchObject({ status: 507, message: expect.stringContaining("disk is full") });
  expect(count()).toBe(writes - 1n);
  sqlite.pragma("max_page_count = 100000");
  expect((await add("Later")).ok).toBe(true);
});

test.each([
  ["ENOSPC", 507],
  ["EDQUOT", 507],
  ["EROFS", 503],
  ["EIO", 503],
  ["ENOENT", undefined],
])("the file system's %s is answered with %s", (code, status) => {
  expect(storageError(Object.assign(new Error("x"), { code, syscall: "write" }))?.status).toBe(status);
});

test("an error that only has such a code is none of the storage's", () => {
  expect(storageError(Object.assign(new Error("x"), { code: "ENOSPC" }))).toBe(null);
  expect(storageError("ENOSPC")).toBe(null);
});

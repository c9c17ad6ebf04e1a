import path from "node:path";
import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { database, openDatabase } from "#db/client.ts";
import { apiKeys, settings } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { makeTemporaryDirectory, removeDirectory, useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const insert = statement((db) =>
  db.insert(apiKeys).values({
    name: sql.placeholder("name"),
    prefix: "bur_1234",
    keyHash: sql.placeholder("keyHash"),
    createdAt: sql.placeholder("createdAt"),
    expiresAt: sql.placeholder("expiresAt"),
  }),
);
const byHash = statement((db) =>
  db
    .select({
      id: apiKeys.id,
      name: apiKeys.name,
      createdAt: apiKeys.createdAt,
      expiresAt: apiKeys.expiresAt,
    })
    .from(apiKeys)
    .where(eq(apiKeys.keyHash, sql.placeholder("keyHash"))),
);
const createdAt = new Date("2026-11-26T10:00:00Z");
const add = (name: string, keyHash = name) => insert.run({ name, keyHash, createdAt, expiresAt: null });

test("a query of the builder encodes its values, and decodes its rows or leaves them as the driver gives them", () => {
  expect(add("Library")).toMatchObject({ changes: 1 });
  const row = { id: 1, name: "Library", createdAt, expiresAt: null };
  expect(byHash.get({ keyHash: "Library" })).toEqual(row);
  expect(byHash.all({ keyHash: "Library" })).toEqual([row]);
  const columns = [1n, "Library", 1_795_687_200_000n, null];
  expect(byHash.list({ keyHash: "Library" })).toEqual(columns);
  expect(byHash.lists({ keyHash: "Library" })).toEqual([columns]);
  expect(byHash.numbers({ keyHash: "Library" })).toEqual([1]);
  expect(byHash.get({ keyHash: "no such key" })).toBeUndefined();
  expect(byHash.list({ keyHash: "no such key" })).toBeUndefined();
});

test("a value that is not given is an error, not null", () => {
  expect(() => insert.run({ name: "Library", keyHash: "1", createdAt })).toThrow(
    "no value for the placeholder expiresAt",
  );
});

test("SQL runs in each form of rows, whichever came first", () => {
  add("Library");
  add("Registry");
  const names = () =>
    statement<{ id: bigint; name: string }>(sql`SELECT id, name FROM api_keys WHERE id > ${0}`);
  expect(names().numbers()).toEqual([1, 2]);
  expect(names().lists()).toEqual([
    [1n, "Library"],
    [2n, "Registry"],
  ]);
  expect(names().all()).toEqual([
    { id: 1n, name: "Library" },
    { id: 2n, name: "Registry" },
  ]);
  expect(names().get()).toEqual({ id: 1n, name: "Library" });
  expect(names().numbers()).toEqual([1, 2]);
});

test("a statement runs on the handle that it is called with", () => {
  const directory = makeTemporaryDirectory();
  const other = openDatabase(path.join(directory, "bursar.sqlite"));
  const name = statement((db) => db.select({ name: settings.enterpriseName }).from(settings));
  database().update(settings).set({ enterpriseName: "Here" }).run();
  other.update(settings).set({ enterpriseName: "There" }).run();
  expect(name.get()).toEqual({ name: "Here" });
  expect(name.get({}, other)).toEqual({ name: "There" });
  expect(statement(sql`SELECT enterprise_name AS name FROM settings`).get({}, other)).toEqual({
    name: "There",
  });
  expect(name.get()).toEqual({ name: "Here" });
  other.$client.close();
  removeDirectory(directory);
});

import path from "node:path";
import Sqlite from "better-sqlite3";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, test } from "vitest";
import { database } from "#db/client.ts";
import { applications, ledgerEntries } from "#db/schema/index.ts";
import { backUp } from "#lib/backup/commands/backup.ts";
import { restoreBackup } from "#lib/backup/commands/restore.ts";
import { operator, value } from "#tests/support/builders.ts";
import { makeTemporaryDirectory, removeDirectory, useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { application, body, newKey } from "#tests/support/usage-api.ts";

// A restore replaces the content of the open file, and row ids are given again: nothing that the usage API has in
// memory may be used for the new rows.

useFreshDatabase();

let elsewhere: string;
beforeEach(async () => {
  elsewhere = makeTemporaryDirectory();
  await makeSmallEnterprise();
});
afterEach(() => removeDirectory(elsewhere));

const remaining = (headers: Headers) => Number(/r=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1]);

test("keys, their limits, ids of events, members and applications are those of the restored database", async () => {
  const file = path.join(elsewhere, "bursar.backup");
  const survivor = application(await newKey(1));
  await survivor.usage(body({ id: "before" }));
  value(await backUp(file, operator));
  const lost = application(await newKey(1));
  for (let n = 0; n < 5; n++) await lost.usage(body({ id: `after-${n}`, application: "lost" }));
  value(await restoreBackup(file, operator));

  expect((await lost.usage(body())).status).toBe(401);
  // It has the row id of the lost key, and a limit of its own.
  const next = application(await newKey(1));
  const first = await next.usage(body({ id: "after-0", application: "next" }));
  expect([first.status, remaining(first.headers)]).toEqual([201, 119_999]);
  expect((await survivor.usage(body({ id: "before" }))).status).toBe(200);
  expect((await survivor.check("member=ana@example.edu")).json).toMatchObject({ spendable: "998" });
  const named = database()
    .select({ id: ledgerEntries.externalId, name: applications.name })
    .from(ledgerEntries)
    .innerJoin(applications, eq(applications.id, ledgerEntries.applicationId))
    .all();
  expect(named).toEqual([
    { id: "before", name: "essay-coach" },
    { id: "after-0", name: "next" },
  ]);
});

test("a copy that Litestream made, with its own tables in it, is restored", async () => {
  const file = path.join(elsewhere, "litestream.sqlite");
  value(await backUp(file, operator));
  const copy = new Sqlite(file);
  copy.exec("CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)");
  copy.exec("CREATE TABLE _litestream_lock (id INTEGER)");
  copy.pragma("journal_mode = WAL");
  copy.close();
  const { report } = value(await restoreBackup(file, operator));
  expect(report).toMatchObject({ ok: true, faults: 0 });
});

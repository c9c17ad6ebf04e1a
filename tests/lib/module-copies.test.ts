import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { expect, it, vi } from "vitest";
import { database } from "#db/client.ts";
import { DatabaseBusyError, StorageError } from "#db/unavailable.ts";
import { notedUse, noteUse, saveUses } from "#lib/last-uses/queue.ts";
import { runInRequest } from "#lib/request-context.ts";
import { recordInNextGroup } from "#lib/usage/recorder.ts";
import { operator, usageEvent, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

// The server runs its own code from source and the pages' code from Next's bundle, so one process holds two copies of
// most modules. Each test loads a second copy and checks that the two share what must exist once.
useFreshDatabase();

it("records events that two copies receive at the same time in one transaction", async () => {
  await makeSmallEnterprise();
  vi.resetModules();
  const copy = await import("#lib/usage/recorder.ts");
  expect(copy.recordInNextGroup).not.toBe(recordInNextGroup);
  let writes = 0;
  const count = () => {
    writes += 1;
  };
  subscribe("bursar.write", count);
  const results = await Promise.all([
    recordInNextGroup(usageEvent(), operator),
    copy.recordInNextGroup(usageEvent(), operator),
  ]);
  unsubscribe("bursar.write", count);
  expect(results.map((result) => value(result).status)).toEqual(["recorded", "recorded"]);
  expect(writes).toBe(1);
});

it("opens one database for two copies", async () => {
  vi.resetModules();
  const copy = await import("#db/client.ts");
  expect(copy.database).not.toBe(database);
  expect(copy.database().$client).toBe(database().$client);
});

it("recognises an error of another copy by its class", async () => {
  vi.resetModules();
  const copy = await import("#db/unavailable.ts");
  expect(new copy.DatabaseBusyError()).toBeInstanceOf(DatabaseBusyError);
  expect(new copy.StorageError(507, new Error("full"))).toBeInstanceOf(StorageError);
  expect(new copy.DatabaseBusyError()).not.toBeInstanceOf(StorageError);
});

it("writes the last uses that two copies noted in one transaction", async () => {
  vi.resetModules();
  const copy = await import("#lib/last-uses/queue.ts");
  expect(copy.noteUse).not.toBe(noteUse);
  noteUse("session", "noted by the first");
  copy.noteUse("api_key", "noted by the second");
  expect(notedUse("noted by the second")).toBe(copy.notedUse("noted by the second"));
  let writes = 0;
  const count = () => {
    writes += 1;
  };
  subscribe("bursar.write", count);
  await copy.saveUses();
  await saveUses();
  unsubscribe("bursar.write", count);
  expect(writes).toBe(1);
});

it("tells each copy which request is being answered", async () => {
  vi.resetModules();
  const copy = await import("#lib/request-context.ts");
  expect(copy.runInRequest).not.toBe(runInRequest);
  expect(runInRequest({ id: "request-1" }, () => copy.currentRequest()?.id)).toBe("request-1");
  expect(copy.currentRequest()).toBeUndefined();
});

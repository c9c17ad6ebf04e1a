import { describe, expect, test } from "vitest";
import { database } from "#db/client.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

describe("a new database", () => {
  useFreshDatabase();

  test("has the settings row and the pragmas that keep money safe", () => {
    const sqlite = database().$client;
    expect(sqlite.prepare("SELECT count(*) FROM settings").pluck().get()).toBe(1n);
    expect(sqlite.pragma("foreign_keys", { simple: true })).toBe(1n);
    expect(sqlite.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(sqlite.pragma("synchronous", { simple: true })).toBe(2n);
    expect(sqlite.pragma("recursive_triggers", { simple: true })).toBe(1n);
  });
});

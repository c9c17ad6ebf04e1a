import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Database, DatabaseBusyError, isUniqueViolation, openDatabase, write } from "#db/client.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";

let directory: string;
let here: Database;
/** Another process's handle on the same file. */
let there: Database;

beforeEach(() => {
  directory = makeTemporaryDirectory();
  here = openDatabase(path.join(directory, "bursar.sqlite"));
  there = openDatabase(path.join(directory, "bursar.sqlite"));
  here.$client.exec("CREATE TABLE numbers (n INTEGER PRIMARY KEY)");
});

afterEach(() => {
  here.$client.close();
  there.$client.close();
  removeDirectory(directory);
});

const numbers = (db: Database) => db.$client.prepare("SELECT n FROM numbers ORDER BY n").pluck().all();
const add = (n: number) => () => here.$client.prepare("INSERT INTO numbers VALUES (?)").run(n);

describe("write", () => {
  test("waits for another handle's lock while the process goes on with other things", async () => {
    there.$client.exec("BEGIN IMMEDIATE; INSERT INTO numbers VALUES (1)");
    let runs = 0;
    const waiting = write(() => {
      runs += 1;
      add(2)();
      return numbers(here);
    }, here);
    // This process releases the lock itself. It can only do so because waiting does not block it.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(runs).toBe(0);
    there.$client.exec("COMMIT");
    expect(await waiting).toEqual([1n, 2n]);
    expect(runs).toBe(1);
  });

  test("gives up with an error of its own when the lock is never let go", async () => {
    there.$client.exec("BEGIN IMMEDIATE");
    const clock = vi.spyOn(performance, "now");
    clock.mockReturnValueOnce(0).mockReturnValue(60_000);
    await expect(write(add(1), here)).rejects.toThrow(DatabaseBusyError);
    there.$client.exec("ROLLBACK");
    expect(numbers(here)).toEqual([]);
  });

  test("keeps nothing of work that throws, and does not run it again", async () => {
    let runs = 0;
    const failing = write(() => {
      runs += 1;
      add(1)();
      throw new Error("no");
    }, here);
    await expect(failing).rejects.toThrow("no");
    expect(runs).toBe(1);
    expect(numbers(there)).toEqual([]);
  });

  test("keeps nothing of work that answers a refusal, and hands the refusal back", async () => {
    const refusal = { ok: false, code: "taken", message: "The number is taken." };
    const answer = await write(() => {
      add(1)();
      return refusal;
    }, here);
    expect(answer).toBe(refusal);
    expect(numbers(there)).toEqual([]);
    // The handle is out of the transaction, so the next write is kept.
    await write(add(2), here);
    expect(numbers(there)).toEqual([2n]);
  });

  test.each([
    ["a value", { ok: true, value: 1 }],
    ["nothing", undefined],
    ["null", null],
    ["false", false],
    ["several results, each its own", [{ ok: false, code: "taken", message: "The number is taken." }]],
  ])("keeps the work that answers %s", async (_name, answer) => {
    const result = await write(() => {
      add(1)();
      return answer;
    }, here);
    expect(result).toBe(answer);
    expect(numbers(there)).toEqual([1n]);
  });

  test("two handles that write at once lose nothing", async () => {
    const inserts = Array.from({ length: 50 }, (_, n) => {
      const db = n % 2 === 0 ? here : there;
      return write(() => db.$client.prepare("INSERT INTO numbers VALUES (?)").run(n), db);
    });
    await Promise.all(inserts);
    expect(numbers(here)).toHaveLength(50);
  });
});

test("isUniqueViolation knows that refusal from others", async () => {
  await write(add(1), here);
  await expect(write(add(1), here)).rejects.toSatisfy(isUniqueViolation);
  expect(isUniqueViolation(new Error("UNIQUE constraint failed"))).toBe(false);
  const missing = write(() => here.$client.exec("INSERT INTO nowhere VALUES (1)"), here);
  await expect(missing).rejects.not.toSatisfy(isUniqueViolation);
});

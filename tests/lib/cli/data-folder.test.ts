import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, it, test, vi } from "vitest";
import { closeDatabase, database } from "#db/client.ts";
import { commandAs, requiredUser } from "#lib/cli/data-folder.ts";
import { loadConfig } from "#lib/config.ts";
import { bursarInProcess } from "#tests/support/command-line.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();
afterEach(() => {
  vi.restoreAllMocks();
});

const folder = () => process.env.DATA_DIR ?? "";

/** The command line as a process, with all of its standard error. */
function bursar(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/bursar.mjs", ...args], {
    encoding: "utf8",
    env: { NODE_ENV: "test", PATH: process.env.PATH ?? "", DATA_DIR: folder() },
  });
  return { status, stdout, stderr };
}

it("is named on standard error by each command that acts on it, and not by verify FILE", async () => {
  const backup = path.join(folder(), "backup.sqlite");
  const line = `Data folder: ${folder()}\n`;
  expect(bursar("credit-type", "create", "JPY Credits", "--currency", "JPY", "--rate", "1")).toMatchObject({
    status: 0,
    stderr: line,
  });
  expect(bursar("backup", backup)).toMatchObject({ status: 0, stderr: line });
  expect(bursar("verify")).toMatchObject({ status: 0, stderr: line });
  expect(bursar("verify", backup)).toMatchObject({ status: 0, stderr: "" });
  expect(bursar("verify", "--help")).toMatchObject({ status: 0, stderr: "" });
  const key = bursar("api-key", "create", "--enterprise");
  expect(key).toMatchObject({ status: 0, stdout: expect.stringMatching(/^bur_\S+\n$/) });
});

test.each([
  ["export", "organizations"],
  ["credits", "purchase", "SGD Credits", "10"],
  ["import", "members", "none.csv"],
  ["api-key", "create", "--enterprise"],
  ["user", "reset", "ana@example.edu"],
  ["sso", "relink", "--from", "https://id.example.edu", "--apply"],
])("without a database is refused by %s %s, which leaves no new one", async (...args) => {
  const missing = path.join(folder(), "missing");
  process.env.DATA_DIR = missing;
  writeFileSync(path.join(path.dirname(missing), "none.csv"), "organization,email\nLAW,ana@example.edu\n");
  const run = await bursarInProcess([...args, "--json"], path.dirname(missing));
  expect(run).toMatchObject({
    code: 1,
    err: `There is no database at ${missing}/bursar.sqlite. Set DATA_DIR to the portal's data folder, in the environment or in .env.\n`,
  });
  expect(JSON.parse(run.out)).toMatchObject({ error: { code: "no_database" } });
  expect(existsSync(missing)).toBe(false);
});

it("prints an object with --json also when a setting is invalid", async () => {
  const before = process.env.PORT;
  process.env.PORT = "abc";
  try {
    const run = await bursarInProcess(["api-key", "list", "--json"]);
    expect([run.code, run.err]).toEqual([1, "PORT must be a number from 1 to 65535.\n"]);
    expect(JSON.parse(run.out)).toEqual({
      error: { code: "failed", message: "PORT must be a number from 1 to 65535." },
    });
    expect(await bursarInProcess(["api-key", "list"])).toMatchObject({ code: 1, out: "" });
  } finally {
    if (before === undefined) delete process.env.PORT;
    else process.env.PORT = before;
  }
});

it("gets its database by the commands with which a portal may begin", async () => {
  const begin = async (name: string, ...args: string[]) => {
    closeDatabase();
    const directory = path.join(folder(), name);
    const before = process.env.DATA_DIR;
    process.env.DATA_DIR = directory;
    const { code, err } = await bursarInProcess(args);
    process.env.DATA_DIR = before;
    return { code, err, made: existsSync(path.join(directory, "bursar.sqlite")) };
  };
  const made = { code: 0, err: "", made: true };
  const type = ["credit-type", "create", "SGD Credits", "--currency", "SGD", "--rate", "100"];
  expect(await begin("one", ...type)).toEqual(made);
  expect(await begin("two", "user", "create", "ana@example.edu", "--role", "owner")).toEqual(made);
  const backup = path.join(folder(), "backup.sqlite");
  expect(await begin("one", "backup", backup)).toEqual(made);
  expect(await begin("three", "restore", backup)).toMatchObject(made);
});

test.each([
  ["the owner of the folder", { user: 999, folderOwner: 999, databaseOwner: 999 }, null],
  ["root, where root owns all", { user: 0, folderOwner: 0, databaseOwner: 0 }, null],
  ["root at the service's database", { user: 0, folderOwner: 999, databaseOwner: 999 }, 999],
  ["root at the service's empty folder", { user: 0, folderOwner: 999, databaseOwner: null }, 999],
  ["root, where there is nothing yet", { user: 0, folderOwner: null, databaseOwner: null }, null],
  ["another user at the service's database", { user: 1000, folderOwner: 999, databaseOwner: 999 }, 999],
  ["another user at root's database", { user: 1000, folderOwner: 0, databaseOwner: 0 }, 0],
  ["a container's user at its database", { user: 12_345, folderOwner: 1000, databaseOwner: 12_345 }, null],
  ["a container's user at a new volume", { user: 12_345, folderOwner: 1000, databaseOwner: null }, null],
])("%s", (_who, owners, required) => {
  expect(requiredUser(owners)).toBe(required);
});

test.each([
  ["bursar", "sudo -u bursar npm run bursar -- …"],
  // A shell takes what follows a # for a comment.
  ["#1234", "sudo -u '#1234' npm run bursar -- …"],
])("the command as the user %s", (user, command) => {
  expect(commandAs(user)).toBe(command);
});

it("is refused to a user who does not own the database, before anything is done", async () => {
  database();
  closeDatabase();
  vi.spyOn(process, "getuid").mockReturnValue(54_321);
  const run = await bursarInProcess(["demo", "--json"]);
  expect(run.code).toBe(1);
  expect(run.err).toMatch(
    /^The data folder \S+ belongs to the user \S+\. Run the command as that user: sudo -u \S+ npm run bursar -- …\n$/,
  );
  expect(JSON.parse(run.out)).toMatchObject({ error: { code: "wrong_user" } });
});

it("comes from the file .env, which may be a link to the service's settings; one that cannot be read is refused", () => {
  const checkout = path.join(folder(), "checkout");
  mkdirSync(checkout);
  const settings = path.join(folder(), "bursar.env");
  symlinkSync(settings, path.join(checkout, ".env"));
  expect(() => loadConfig(checkout)).toThrow(
    `${path.join(checkout, ".env")} cannot be read (ENOENT). Run this as a user who may read it.`,
  );
  symlinkSync(path.join(settings, "inside-a-file"), path.join(folder(), ".env"));
  writeFileSync(settings, "");
  expect(() => loadConfig(folder())).toThrow("(ENOTDIR)");
  writeFileSync(settings, "DATA_DIR=/var/lib/bursar\n");
  const before = process.env.DATA_DIR;
  try {
    delete process.env.DATA_DIR;
    loadConfig(checkout);
    expect(process.env.DATA_DIR).toBe("/var/lib/bursar");
  } finally {
    process.env.DATA_DIR = before;
  }
});

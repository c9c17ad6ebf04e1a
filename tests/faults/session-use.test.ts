import { spawn } from "node:child_process";
import { once } from "node:events";
import Sqlite from "better-sqlite3";
import { afterEach, expect, test } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";
import { updateSessionLimits } from "#lib/portal-users/commands/session-limits.ts";
import { operator, value } from "#tests/support/builders.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { ownerCookie } from "#tests/support/portal-client.ts";
import { eventually, startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer | undefined;
const directory = makeTemporaryDirectory();
const before = process.env.DATA_DIR;

afterEach(async () => {
  await server?.stop();
  closeDatabase();
  if (before === undefined) delete process.env.DATA_DIR;
  else process.env.DATA_DIR = before;
  removeDirectory(directory);
});

test("pages are answered while another process writes, and the last use is stored afterwards", async () => {
  process.env.DATA_DIR = directory;
  const cookie = await ownerCookie();
  value(await updateSessionLimits({ sessionLifetime: 1_440, sessionIdle: 60 }, operator));
  const longAgo = new Date(Date.now() - 50 * 60_000);
  database().$client.prepare("UPDATE portal_sessions SET last_used_at = ?").run(longAgo.getTime());
  closeDatabase();
  const running = await startServer({ directory });
  server = running;
  const holder = spawn(process.execPath, ["tests/support/hold-database.ts", "600000"], {
    env: { ...process.env, DATA_DIR: directory },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lastUse = () => {
    const sqlite = new Sqlite(databaseFile(directory), { readonly: true });
    try {
      return Number(sqlite.prepare("SELECT last_used_at FROM portal_sessions").pluck().get());
    } finally {
      sqlite.close();
    }
  };
  const read = async () =>
    (await fetch(`${running.url}/account/sessions`, { headers: { Cookie: cookie }, redirect: "manual" }))
      .status;
  try {
    await once(holder.stdout, "data");
    for (let n = 0; n < 20; n += 1) {
      expect(await read()).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(lastUse()).toBe(longAgo.getTime());
  } finally {
    holder.kill("SIGKILL");
    await once(holder, "exit");
  }
  expect(running.output()).not.toContain("ERROR");
  // Another session's use brings those that wait with it.
  process.env.DATA_DIR = directory;
  const other = await ownerCookie();
  closeDatabase();
  expect((await fetch(`${running.url}/account/sessions`, { headers: { Cookie: other } })).status).toBe(200);
  await eventually("the last use to be stored", () => {
    const sqlite = new Sqlite(databaseFile(directory), { readonly: true });
    const uses = sqlite.prepare("SELECT last_used_at FROM portal_sessions").pluck().all().map(Number);
    sqlite.close();
    return uses.length === 2 && uses.every((at) => at > longAgo.getTime()) ? true : null;
  });
});

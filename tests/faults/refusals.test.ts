import { spawn } from "node:child_process";
import { once } from "node:events";
import Sqlite from "better-sqlite3";
import { afterEach, expect, test } from "vitest";
import { closeDatabase, databaseFile } from "#db/client.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { eventually, startServer, type TestServer } from "#tests/support/server.ts";
import { newKey } from "#tests/support/usage-api.ts";

useFreshDatabase();
let server: TestServer | undefined;
afterEach(async () => {
  await server?.stop();
});

type Row = { code: string; requests: number; amount: number };

function stored(directory: string): Row[] {
  const sqlite = new Sqlite(databaseFile(directory), { readonly: true });
  try {
    return sqlite
      .prepare("SELECT code, request, requests, amount FROM refusals ORDER BY id")
      .safeIntegers(false)
      .all() as Row[];
  } finally {
    sqlite.close();
  }
}

async function start(): Promise<{ running: TestServer; directory: string; key: string }> {
  const directory = process.env.DATA_DIR ?? "";
  await makeSmallEnterprise();
  const key = await newKey(null);
  closeDatabase();
  const running = await startServer({ directory });
  server = running;
  return { running, directory, key };
}

const check = async (running: TestServer, key: string, member: string) => {
  const query = new URLSearchParams({ organization: "LAW", member, credits: "2" });
  const headers = { Authorization: `Bearer ${key}` };
  return (await fetch(`${running.url}/api/v1/usage/check?${query}`, { headers })).status;
};

test("an orderly stop writes the refusals that wait", async () => {
  const { running, directory, key } = await start();
  for (let n = 0; n < 3; n += 1) expect(await check(running, key, "eve@example.edu")).toBe(404);
  running.process.kill("SIGTERM");
  expect(await once(running.process, "exit"), running.output()).toEqual([0, null]);
  const requests = stored(directory).reduce((sum, row) => sum + row.requests, 0);
  expect(requests).toBe(3);
  expect(stored(directory)[0]).toMatchObject({ code: "member_not_found", request: "check" });
});

test("while another process writes, refused checks are answered, and written afterwards", async () => {
  const { running, directory, key } = await start();
  // The key's own last use is written before.
  expect(await check(running, key, "first@example.edu")).toBe(404);
  await eventually("the first refusal", () => (stored(directory).length > 0 ? true : null));
  const holder = spawn(process.execPath, ["tests/support/hold-database.ts", "600000"], {
    env: { ...process.env, DATA_DIR: directory },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(holder.stdout, "data");
    for (let n = 0; n < 20; n += 1) {
      expect(await check(running, key, `member-${n}@example.edu`)).toBe(404);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(stored(directory)).toHaveLength(1);
  } finally {
    holder.kill("SIGKILL");
    await once(holder, "exit");
  }
  expect(running.output()).not.toContain("refusals were not saved");
  // Another refusal brings those that wait with it.
  expect(await check(running, key, "last@example.edu")).toBe(404);
  // The pause between two tries grows up to a minute while the lock is held.
  await eventually("all refusals", () => (stored(directory).length === 22 ? true : null), 120);
});

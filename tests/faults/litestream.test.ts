import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, expect, test } from "vitest";
import { databaseFile } from "#db/client.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { bursar } from "#tests/support/command-line.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { say, times } from "#tests/support/faults.ts";
import { eventually, startServer, type TestServer } from "#tests/support/server.ts";
import { MEMBERS, makeSpendingPortal, post, type SentEvent } from "#tests/support/spending-portal.ts";

// Litestream copies the database of a portal under load to a folder. Then the machine is lost: what Litestream has
// written is all that is left.

/** The program of the package @flydotio/litestream for this machine. */
const litestream = createRequire(import.meta.url).resolve(
  `@flydotio/litestream-${process.platform}-${process.arch}/litestream`,
);
const SECONDS = times({ short: 4, long: 60 });
const CLIENTS = 4;
const BATCH = 100;

const folder = makeTemporaryDirectory();
let server: TestServer | undefined;
let replication: ChildProcess | undefined;

afterAll(async () => {
  replication?.kill("SIGKILL");
  await server?.kill();
  removeDirectory(folder);
});

/** Ids of the events in a database. */
function eventsIn(directory: string): Set<string> {
  const sqlite = new Sqlite(databaseFile(directory), { readonly: true });
  try {
    const ids = sqlite.prepare("SELECT external_id FROM ledger_entries WHERE kind = 'spend'").pluck().all();
    return new Set(ids.map(String));
  } finally {
    sqlite.close();
  }
}

test("a lost machine is restored from Litestream's copy, and events that are sent again are each charged once", async () => {
  const { directory, key } = await makeSpendingPortal({ LAW: 1_000_000 });
  const replica = path.join(folder, "replica");
  const config = path.join(folder, "litestream.yml");
  writeFileSync(
    config,
    `dbs:\n  - path: ${databaseFile(directory)}\n    replicas:\n      - type: file\n        path: ${replica}\n`,
  );
  server = await startServer({ directory, environment: { CHECKPOINTS: "off" } });
  replication = spawn(litestream, ["replicate", "-config", config], { stdio: "ignore" });
  // The folder is there before the copy in it, and without a whole copy nothing can be restored.
  const copied = () => (existsSync(replica) ? readdirSync(replica, { recursive: true }).map(String) : []);
  await eventually("Litestream's first copy", () => copied().find((name) => name.endsWith(".snapshot.lz4")));
  // Litestream's own tables are no fault. Verified before the load, because Litestream would catch up after it.
  expect(verifyDatabase(databaseFile(directory))).toMatchObject({ ok: true, faults: 0 });

  const { url } = server;
  const acknowledged: { event: SentEvent; at: number }[] = [];
  const end = performance.now() + SECONDS * 1000;
  const client = async (name: number) => {
    for (let round = 0; performance.now() < end; round += 1) {
      const events = Array.from({ length: BATCH }, (_, index) => ({
        id: `litestream-${name}-${round}-${index}`,
        organization: "LAW",
        member: MEMBERS[index % MEMBERS.length] ?? "",
        application: "tutor",
        credits: "0.01",
      }));
      const { status } = await post(url, key, "usage/batch", { events });
      expect(status).toBe(200);
      for (const event of events) acknowledged.push({ event, at: performance.now() });
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, name) => client(name)));
  const lostAt = performance.now();
  replication.kill("SIGKILL");
  await Promise.all([once(replication, "exit"), server.kill()]);
  removeDirectory(directory);

  const copy = path.join(folder, "copy.sqlite");
  const restoring = performance.now();
  execFileSync(litestream, ["restore", "-config", config, "-o", copy, databaseFile(directory)]);
  const restored = path.join(folder, "restored");
  expect(await bursar(["restore", copy], restored)).toMatchObject({ code: 0, err: "" });
  const restoreMs = performance.now() - restoring;
  const there = eventsIn(restored);
  const lost = acknowledged.filter(({ event }) => !there.has(event.id));
  const behindMs = lostAt - Math.min(lostAt, ...lost.map(({ at }) => at));

  server = await startServer({ directory: restored });
  const outcomes = { recorded: 0, duplicate: 0 };
  for (let index = 0; index < acknowledged.length; index += 1000) {
    const events = acknowledged.slice(index, index + 1000).map(({ event }) => event);
    const { body } = await post(server.url, key, "usage/batch", { events });
    for (const { status } of body.results as { status: "recorded" | "duplicate" }[]) outcomes[status] += 1;
  }
  expect(outcomes).toEqual({ recorded: lost.length, duplicate: acknowledged.length - lost.length });
  expect(eventsIn(restored).size).toBe(acknowledged.length);
  expect(verifyDatabase(databaseFile(restored))).toMatchObject({ ok: true, faults: 0 });
  say(
    `litestream: ${acknowledged.length} events in ${SECONDS} s, ${lost.length} were missing after the machine was lost, the oldest ${(behindMs / 1000).toFixed(1)} s old; restored in ${(restoreMs / 1000).toFixed(1)} s; each charged once after all were sent again`,
  );
});

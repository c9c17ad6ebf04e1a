import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { closeDatabase, databaseFile } from "#db/client.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { bursar } from "#tests/support/command-line.ts";
import { makeTemporaryDirectory, removeDirectory, useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { say, times } from "#tests/support/faults.ts";
import type { Spending } from "#tests/support/spending-process.ts";

useFreshDatabase();

/** Only then nothing else runs beside the test, so that times are meaningful. */
const isLong = process.env.FAULTS_SCALE !== undefined;
const now = () => performance.timeOrigin + performance.now();

function idsIn(file: string): Set<unknown> {
  const sqlite = new Sqlite(file, { readonly: true });
  try {
    return new Set(
      sqlite
        .prepare("SELECT external_id FROM ledger_entries WHERE external_id LIKE 'spender-%'")
        .pluck()
        .all(),
    );
  } finally {
    sqlite.close();
  }
}

test("every backup made under load restores, verifies and has the portal's state of one moment; writes do not wait for it", async () => {
  await makeSmallEnterprise();
  closeDatabase();
  const folder = makeTemporaryDirectory();
  // One, which never waits for another's lock: what it waits for is the backup's.
  const spender = fork("tests/support/spending-process.ts", ["spender"], { env: { ...process.env } });
  try {
    await once(spender, "message");
    const backups: { file: string; began: number; ended: number }[] = [];
    for (let number = 0; number < times({ short: 2, long: 60 }); number += 1) {
      const file = path.join(folder, `${number}.sqlite`);
      const began = now();
      expect(await bursar(["backup", file])).toMatchObject({ code: 0, err: "" });
      backups.push({ file, began, ended: now() });
      await sleep(isLong ? 3000 : 200);
    }
    const said = once(spender, "message");
    spender.send("end");
    const [{ spent, longestWaitMs, longestWriteMs }] = (await said) as [Spending];
    expect(spent.length).toBeGreaterThan(50);

    for (const { file, began, ended } of backups) {
      const directory = path.join(folder, `restored-${path.basename(file)}`);
      expect(await bursar(["restore", file], directory)).toMatchObject({ code: 0, err: "" });
      expect(verifyDatabase(databaseFile(directory)).ok).toBe(true);
      const ids = idsIn(databaseFile(directory));
      const present = spent.filter(({ id }) => ids.has(id)).length;
      // It asks for one after the other: what is kept is a beginning of them, without a hole.
      expect(spent.slice(0, present).every(({ id }) => ids.has(id))).toBe(true);
      expect(spent.findIndex(({ acknowledged }) => acknowledged >= began)).toBeLessThanOrEqual(present);
      expect(spent.filter(({ asked }) => asked > ended).some(({ id }) => ids.has(id))).toBe(false);
      removeDirectory(directory);
    }
    say(
      `backup: ${backups.length} restored, verified and matched; ${spent.length} writes during them, the longest ${longestWriteMs.toFixed()} ms, of which waiting at most ${longestWaitMs.toFixed()} ms`,
    );
    // A backup that held the lock would let a write wait as long as it takes, however busy the machine is.
    expect(longestWaitMs).toBeLessThan(Math.min(...backups.map(({ began, ended }) => ended - began)) / 2);
    if (isLong) expect(longestWaitMs).toBeLessThan(250);
    if (isLong) expect(longestWriteMs).toBeLessThan(250);
  } finally {
    spender.kill("SIGKILL");
    removeDirectory(folder);
  }
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { closeDatabase, databaseFile } from "#db/client.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { spend } from "#tests/support/builders.ts";
import { bursar } from "#tests/support/command-line.ts";
import { makeTemporaryDirectory, removeDirectory, useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { say, seededRandom, times } from "#tests/support/faults.ts";

useFreshDatabase();

/** Runs a command and kills it outright after so long, unless it has ended. @returns how long it ran. */
async function killed(args: string[], afterMs: number): Promise<{ ended: boolean; ms: number }> {
  const began = performance.now();
  const child = spawn(process.execPath, ["scripts/bursar.mjs", ...args], {
    stdio: "ignore",
    env: process.env,
  });
  const exit = once(child, "exit");
  await Promise.race([exit, sleep(afterMs)]);
  const ended = child.exitCode !== null;
  child.kill("SIGKILL");
  await exit;
  return { ended, ms: performance.now() - began };
}

test("a backup or restore that is killed at any moment leaves the old or the new, whole, and can be run again", async () => {
  await makeSmallEnterprise();
  await spend();
  closeDatabase();
  const directory = process.env.DATA_DIR ?? "";
  const folder = makeTemporaryDirectory();
  const random = seededRandom("restore");
  try {
    const backup = path.join(folder, "backup");
    const whole = await killed(["backup", backup], 60_000);
    expect(whole.ended).toBe(true);
    const old = verifyDatabase(backup).ledgerEntries;
    await spend();
    closeDatabase();
    const current = path.join(folder, "now");
    expect((await bursar(["backup", current])).code).toBe(0);
    const full = await killed(["restore", backup], 60_000);
    expect(full.ended).toBe(true);

    const least = times({ short: 2, long: 200 });
    let cut = 0;
    let rounds = 0;
    // A restore that ended before the kill tests nothing, so there are more rounds until one was cut off.
    for (; rounds < least || (cut === 0 && rounds < least + 10); rounds += 1) {
      const round = rounds;
      const [file, entries] = round % 2 === 0 ? [current, old + 1] : [backup, old];
      const before = verifyDatabase(databaseFile()).ledgerEntries;
      // Most of the time goes into loading the program: the later part is the one to cut.
      const { ended, ms } = await killed(["restore", file], full.ms * (0.5 + random.below(60) / 100));
      cut += ended ? 0 : 1;
      // The first run was the slowest, and a machine that stood still during it made it many times slower.
      if (ended) full.ms = 0.9 * Math.min(full.ms, ms);
      const after = verifyDatabase(databaseFile());
      expect(after.ok).toBe(true);
      expect([before, entries]).toContain(after.ledgerEntries);

      const again = path.join(folder, "again");
      const run = await killed(["backup", "--force", again], whole.ms * (0.5 + random.below(60) / 100));
      if (run.ended || existsSync(again)) expect(verifyDatabase(again).ok).toBe(true);
      expect((await bursar(["restore", file])).code).toBe(0);
      expect(verifyDatabase(databaseFile())).toMatchObject({ ok: true, ledgerEntries: entries });
      expect(readdirSync(directory)).not.toContain("restoring");
    }
    say(`restore: ${rounds} times, ${cut} of them killed midway; always the old or the new database, whole`);
    expect(cut).toBeGreaterThan(0);
  } finally {
    removeDirectory(folder);
  }
});

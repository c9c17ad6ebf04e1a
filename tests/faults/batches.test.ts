import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";
import { batches, ledgerEntries } from "#db/schema/index.ts";
import { reverseBatch } from "#lib/batches/commands/reversals.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { aCreditType, anOrganization, credits } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { say, seededRandom, times } from "#tests/support/faults.ts";

useFreshDatabase();

const ORGANIZATIONS = 60;
const random = seededRandom("batches");

test("a process that is killed in the middle of a batch leaves all of it or nothing", async () => {
  const creditType = await aCreditType({ available: credits(ORGANIZATIONS) });
  const ids: number[] = [];
  for (let n = 0; n < ORGANIZATIONS; n += 1) ids.push(await anOrganization({ code: `U-${n}`, creditType }));
  closeDatabase();
  const kills = times({ short: 6, long: 500 });
  let committed = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const child = spawn(process.execPath, ["tests/support/move-in-batches.ts", JSON.stringify(ids)], {
      env: { ...process.env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const acknowledged: number[] = [];
    const ready = new Promise<void>((resolve) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (line === "ready") resolve();
        else acknowledged.push(Number(line));
      });
    });
    await ready;
    await sleep(random.below(400));
    child.kill("SIGKILL");
    await once(child, "close");

    const rows = database().select().from(batches).all();
    expect(rows.map(({ id }) => id)).toEqual(rows.map((_row, index) => index + 1));
    expect(rows.length).toBeGreaterThanOrEqual(acknowledged.at(-1) ?? committed);
    for (const { firstEntryId, lastEntryId, firstAuditId, lastAuditId } of rows) {
      expect((lastEntryId ?? 0) - (firstEntryId ?? 0) + 1).toBe(ORGANIZATIONS);
      expect(lastAuditId - firstAuditId).toBe(ORGANIZATIONS);
    }
    // One purchase, and the entries of whole batches.
    expect(database().select({ id: ledgerEntries.id }).from(ledgerEntries).all()).toHaveLength(
      1 + rows.length * ORGANIZATIONS,
    );
    closeDatabase();
    expect(verifyDatabase(databaseFile()).checks.filter(({ faults }) => faults > 0)).toEqual([]);
    committed = rows.length;
    // The next process begins with an empty balance: a batch that was not reversed is reversed here.
    const last = rows.at(-1);
    if (last?.kind === "allocation") {
      const request = { batch: last.id, note: null, requestId: `after-kill-${kill}`, expected: null };
      expect(await reverseBatch(request, { kind: "operator" })).toMatchObject({ ok: true });
      committed += 1;
      closeDatabase();
    }
  }
  expect(committed).toBeGreaterThan(0);
  say(`${kills} kills, ${committed} batches`);
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";
import { alerts, batches, ledgerEntries, outboxEvents } from "#db/schema/index.ts";
import { reverseBatch } from "#lib/batches/commands/reversals.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { createEndpoint } from "#lib/webhooks/commands/endpoints.ts";
import { aCreditType, anOrganization, credits, onlyRules, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { say, seededRandom, times } from "#tests/support/faults.ts";

useFreshDatabase();

const ORGANIZATIONS = 60;
const random = seededRandom("batches");

/** How many events of each type the outbox has. */
function eventCounts(): Record<string, number> {
  const types = database().select({ type: outboxEvents.type }).from(outboxEvents).all();
  return Object.fromEntries(
    [...Map.groupBy(types, ({ type }) => type)].map(([type, events]) => [type, events.length]),
  );
}

test("a process that is killed in the middle of a batch leaves all of it, with its alert and its events, or nothing", async () => {
  const creditType = await aCreditType({ available: credits(ORGANIZATIONS) });
  const ids: number[] = [];
  for (let n = 0; n < ORGANIZATIONS; n += 1) ids.push(await anOrganization({ code: `U-${n}`, creditType }));
  // Nothing is sent, because no worker runs. Each batch of allocations empties the pool, and its reversal fills it.
  const endpoint = { kind: "webhook", name: "", url: "https://example.edu/hook", events: ["*"] } as const;
  value(await createEndpoint(endpoint, operator));
  await onlyRules("pool_amount");
  closeDatabase();
  const kills = times({ short: 6, long: 500 });
  let committed = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const child = spawn(process.execPath, ["tests/support/move-in-batches.ts", JSON.stringify(ids)], {
      env: { ...process.env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const acknowledged: number[] = [];
    // On a slow machine every kill may come before the first batch, so the first waits for one.
    const awaited = kill === 0 ? /^\d+$/ : /^ready$/;
    const ready = new Promise<void>((resolve) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (line !== "ready") acknowledged.push(Number(line));
        if (awaited.test(line)) resolve();
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
    const allocations = rows.filter(({ kind }) => kind === "allocation").length;
    const opened = database().select().from(alerts).all();
    expect(opened).toHaveLength(allocations);
    expect(opened.filter(({ state }) => state === "open")).toHaveLength(2 * allocations - rows.length);
    expect(eventCounts()).toEqual({
      ...(allocations > 0 && { "credits.allocated": allocations * ORGANIZATIONS }),
      ...(rows.length > allocations && { "entry.reversed": (rows.length - allocations) * ORGANIZATIONS }),
      // With many alerts within a minute, the others wait for the digest of the worker.
      ...(allocations > 0 && { "pool.low": opened.filter(({ announced }) => announced).length }),
    });
    closeDatabase();
    expect(verifyDatabase(databaseFile()).checks.filter(({ faults }) => faults > 0)).toEqual([]);
    committed = rows.length;
    // The next process begins with an empty balance: a batch that was not reversed is reversed here.
    const last = rows.at(-1);
    if (last?.kind === "allocation") {
      const request = { batch: last.id, note: null, requestId: `after-kill-${kill}`, expected: null };
      expect(await reverseBatch(request, operator)).toMatchObject({ ok: true });
      committed += 1;
      closeDatabase();
    }
  }
  expect(committed).toBeGreaterThan(0);
  say(`${kills} kills, ${committed} batches`);
});

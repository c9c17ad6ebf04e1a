import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { closeDatabase, database, databaseFile, write } from "#db/client.ts";
import { deliveries } from "#db/schema/index.ts";
import { loadConfig } from "#lib/config.ts";
import { appendEvent } from "#lib/outbox/append.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { createEndpoint } from "#lib/webhooks/commands/endpoints.ts";
import { operator, value } from "#tests/support/builders.ts";
import { makeTemporaryDirectory, removeDirectory, useFreshDatabase } from "#tests/support/database.ts";
import { failingDisk } from "#tests/support/failing-disk.ts";
import { say, seededRandom, times } from "#tests/support/faults.ts";
import { type Receiver, startReceiver } from "#tests/support/receiver.ts";
import { eventually } from "#tests/support/server.ts";
import { bundleWorker } from "#tests/support/worker-bundle.ts";

// The worker is killed while it sends. No event may be lost, and an event that comes twice must have the same id.

useFreshDatabase();

const KILLS = times({ short: 15, long: 1_000 });
/** Many, because a kill during a request delays its subject for ten seconds. */
const SUBJECTS = 30;
const EVENTS_A_ROUND = 10;
const { below } = seededRandom("deliveries");

let receiver: Receiver;
let workers: ChildProcess[] = [];
let program: string;
/** What happens when a request has arrived and before it is answered. */
let onRequest = () => {};
beforeAll(async () => {
  program = await bundleWorker();
});
afterAll(() => rmSync(program, { force: true }));
beforeEach(async () => {
  process.env.WEBHOOK_ALLOW_PRIVATE = "on";
  loadConfig();
  // Slow enough that a kill often comes between the request and the answer.
  onRequest = () => {};
  receiver = await startReceiver((_request, response) => {
    onRequest();
    setTimeout(() => response.writeHead(200).end(), below(20));
  });
  const endpoint = { kind: "webhook", name: "Receiver", url: receiver.url, events: ["*"] } as const;
  value(await createEndpoint(endpoint, operator));
});
afterEach(async () => {
  for (const worker of workers) await kill(worker);
  workers = [];
  await receiver.stop();
  delete process.env.WEBHOOK_ALLOW_PRIVATE;
  loadConfig();
});

/**
 * Starts a worker and waits until it is ready. In the long form most of the time is that of the starts, so the program is one
 * file, and its compiled code is stored between them.
 */
async function startWorker(environment: Record<string, string> = {}): Promise<ChildProcess> {
  const compiled = path.join(path.dirname(databaseFile()), "compiled");
  const worker = spawn(process.execPath, [program], {
    env: { ...process.env, LOG_LEVEL: "error", NODE_COMPILE_CACHE: compiled, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  workers.push(worker);
  if (worker.stdout) await once(worker.stdout, "data");
  return worker;
}

async function kill(worker: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  workers = workers.filter((one) => one !== worker);
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  worker.kill(signal);
  await once(worker, "exit");
}

/** The ids of the events that were committed, by subject and in their order. */
type Committed = Map<string, string[]>;

async function happen(committed: Committed, events = EVENTS_A_ROUND): Promise<void> {
  for (let n = 0; n < events; n += 1) {
    const subject = `organization:${below(SUBJECTS)}`;
    const eventId = await write((tx) =>
      appendEvent(tx, {
        type: "pool.low",
        subject,
        organizationId: null,
        data: { title: "Low", text: "", path: "/", organization: null, figures: {} },
      }),
    );
    committed.set(subject, [...(committed.get(subject) ?? []), eventId]);
  }
}

const received = () => receiver.received.map(({ headers }) => headers["webhook-id"] ?? "");

/** How many events have not arrived yet. */
const waiting = (committed: Committed): number =>
  [...committed.values()].flat().length - new Set(received()).size;

async function everythingArrived(committed: Committed): Promise<void> {
  const all = [...committed.values()].flat();
  await eventually(
    `${all.length} events`,
    () => {
      const arrived = new Set(received());
      return all.every((id) => arrived.has(id)) || null;
    },
    120,
  );
  expect(new Set(received())).toEqual(new Set(all));
  // By its first arrival, each subject is in its order.
  const first = [...new Set(received())];
  for (const ids of committed.values()) {
    expect(first.filter((id) => ids.includes(id))).toEqual(ids);
  }
}

test("kills during deliveries lose no event, keep the order of a subject, and repeat only with the same id", async () => {
  const committed: Committed = new Map();
  for (let round = 1; round <= KILLS; round += 1) {
    // Most workers are killed after a few events, so that more than these would pile up until the end.
    if (waiting(committed) < 5 * EVENTS_A_ROUND) await happen(committed);
    const before = receiver.received.length;
    const worker = await startWorker();
    // The kill comes at any moment of the round: before the first request, during one, or after the last.
    if (below(10) > 0) await eventually("a request", () => receiver.received.length > before || null);
    await sleep(below(150));
    await kill(worker);
    if (round % 50 === 0) say(`deliveries: ${round} kills, ${received().length} requests`);
  }
  await startWorker();
  await everythingArrived(committed);
  const events = [...committed.values()].flat().length;
  // There is one lane, so a kill can repeat one event.
  const repeats = received().length - events;
  expect(repeats).toBeLessThanOrEqual(KILLS);
  for (const worker of [...workers]) await kill(worker, "SIGTERM");
  closeDatabase();
  expect(verifyDatabase(databaseFile()).faults).toBe(0);
  say(`deliveries: ${events} events, ${KILLS} kills, 0 lost, ${repeats} repeated with the same id`);
});

test("a disk that fails before a result is stored lets the event be sent once more, with the same id", async () => {
  const folder = makeTemporaryDirectory();
  try {
    const disk = failingDisk(folder, path.dirname(databaseFile()));
    const committed: Committed = new Map();
    await happen(committed, 1);
    const [eventId] = [...committed.values()].flat();
    const delivery = () => database().select().from(deliveries).get();
    onRequest = () => disk.fail("write");
    await startWorker(disk.environment);
    await eventually("the request", () => receiver.received.length > 0 || null);
    // Until the pause is over, and some seconds more in which the worker tries to send it.
    const nextTryAt = delivery()?.nextTryAt?.getTime() ?? Number.POSITIVE_INFINITY;
    expect(nextTryAt - Date.now()).toBeGreaterThan(1_000);
    await eventually("the end of the pause", () => Date.now() > nextTryAt + 3_000 || null);
    expect(received()).toEqual([eventId]);
    expect(delivery()).toMatchObject({ state: "waiting", tries: 0 });
    onRequest = () => {};
    disk.repair();
    await eventually("the result", () => delivery()?.state === "delivered" || null);
    expect(received()).toEqual([eventId, eventId]);
    expect(delivery()).toMatchObject({ tries: 1 });
  } finally {
    removeDirectory(folder);
  }
});

test("of two workers one sends: each event comes once, and the other takes over when the first ends", async () => {
  const committed: Committed = new Map();
  const first = await startWorker();
  await startWorker();
  await happen(committed);
  await happen(committed);
  await everythingArrived(committed);
  expect(received()).toHaveLength(2 * EVENTS_A_ROUND);
  await kill(first, "SIGTERM");
  await happen(committed);
  await everythingArrived(committed);
  expect(received()).toHaveLength(3 * EVENTS_A_ROUND);
});

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { asc, eq } from "drizzle-orm";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Database, database, databaseFile, openDatabase, WRITE_WAIT_MS, write } from "#db/client.ts";
import { auditEntries, deliveries, deliveryTries, outboxEvents, webhookEndpoints } from "#db/schema/index.ts";
import { loadConfig } from "#lib/config.ts";
import { deleteOldEvents, dispatchEvents } from "#lib/notifications/dispatch.ts";
import { appendEvent } from "#lib/outbox/append.ts";
import type { EventType } from "#lib/outbox/rules/events.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { sendAgain, sendEventAgain, sendTest } from "#lib/webhooks/commands/again.ts";
import {
  createEndpoint,
  pauseOrResume,
  removeEndpoint,
  rotateSecret,
  updateEndpoint,
} from "#lib/webhooks/commands/endpoints.ts";
import { countEndpoints, countWaiting, getEndpoint, listDeliveries } from "#lib/webhooks/queries.ts";
import type { EndpointKind } from "#lib/webhooks/rules/endpoints.ts";
import { lanesEnded, startDelivering, stopDelivering } from "#lib/webhooks/worker.ts";
import { aPortalUser, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { type Answer, type Receiver, startReceiver } from "#tests/support/receiver.ts";

useFreshDatabase();

const HOUR_MS = 3_600_000;
/** The clock of the worker, in milliseconds. */
let clock = 0;
const receivers: Receiver[] = [];

beforeEach(() => {
  process.env.WEBHOOK_ALLOW_PRIVATE = "on";
  loadConfig();
  // What is signed must have the present time, or the reference library refuses it.
  clock = Date.now();
});
afterEach(async () => {
  delete process.env.WEBHOOK_ALLOW_PRIVATE;
  loadConfig();
  for (const receiver of receivers.splice(0)) await receiver.stop();
});

async function receiverOf(answer?: Answer): Promise<Receiver> {
  const receiver = await startReceiver(answer);
  receivers.push(receiver);
  return receiver;
}

const failing: Answer = (_request, response) => response.writeHead(500).end("broken");

async function anEndpoint(
  url: string,
  {
    events = ["*"],
    kind = "webhook",
    name = "Finance",
  }: { events?: string[]; kind?: EndpointKind; name?: string } = {},
): Promise<{ id: number; secret: string }> {
  const { id, secret } = value(await createEndpoint({ kind, name, url, events }, operator));
  return { id, secret: secret ?? "" };
}

let events = 0;
/** An event of the outbox. @returns its id */
const happen = (subject = "organization:1", type: EventType = "pool.low") =>
  write((tx) => {
    events += 1;
    const data = {
      title: `Event ${events}`,
      text: "",
      path: "/credit-types",
      organization: null,
      figures: {},
    };
    return appendEvent(
      tx,
      { type: type as "pool.low", subject, organizationId: null, data },
      new Date(clock),
    );
  });

const options = { now: () => new Date(clock), random: () => 0.5 };

/** What the worker does in a second, until nothing more is due. */
async function work(): Promise<void> {
  await dispatchEvents(new Date(clock));
  startDelivering(options);
  await lanesEnded();
}

const idsOf = (receiver: Receiver) => receiver.received.map(({ headers }) => headers["webhook-id"]);
const stored = () => database().select().from(deliveries).orderBy(asc(deliveries.id)).all();
const statesOf = () => stored().map(({ state, tries }) => [state, tries]);

describe("a delivery", () => {
  it("is signed, and has the event's id, type, time and data", async () => {
    const receiver = await receiverOf();
    const { secret } = await anEndpoint(`${receiver.url}/hook`);
    const eventId = await happen();
    await work();
    const [request] = receiver.received;
    expect(new Webhook(secret).verify(request?.body ?? "", request?.headers ?? {})).toEqual({
      id: eventId,
      type: "pool.low",
      timestamp: new Date(clock).toISOString(),
      data: { title: `Event ${events}`, text: "", path: "/credit-types", organization: null, figures: {} },
    });
    expect(request?.headers["webhook-id"]).toBe(eventId);
    expect(statesOf()).toEqual([["delivered", 1]]);
    expect(database().select().from(deliveryTries).all()).toMatchObject([
      { deliveryId: 1, status: 200, error: null, answer: "thanks" },
    ]);
  });

  it("goes only to endpoints that have asked for it, and an event that nobody gets is not kept", async () => {
    const receiver = await receiverOf();
    await anEndpoint(`${receiver.url}/pools`, { events: ["pool.*"] });
    await anEndpoint(`${receiver.url}/alerts`, { events: ["alerts"] });
    const { id } = await anEndpoint(`${receiver.url}/paused`);
    value(await pauseOrResume({ id, to: "paused" }, operator));
    await happen("x", "pool.low");
    await happen("y", "backup.overdue");
    await happen("z", "member.added");
    await work();
    expect(receiver.received.map(({ path }) => path).sort()).toEqual(["/alerts", "/alerts", "/pools"]);
    expect(database().select({ type: outboxEvents.type }).from(outboxEvents).all()).toEqual([
      { type: "pool.low" },
      { type: "backup.overdue" },
    ]);
  });

  it("is tried eight times over 24 hours with the same id, and then given up", async () => {
    const start = clock;
    const receiver = await receiverOf(failing);
    const { id } = await anEndpoint(receiver.url);
    const eventId = await happen();
    const tried: number[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      const before = receiver.received.length;
      await work();
      if (receiver.received.length > before) tried.push(clock - start);
      const next = stored()[0]?.nextTryAt;
      if (!next) break;
      clock = next.getTime();
    }
    expect(tried).toEqual([0, 10, 70, 370, 2_170, 9_370, 30_970, 86_400].map((seconds) => seconds * 1_000));
    expect(new Set(idsOf(receiver))).toEqual(new Set([eventId]));
    expect(statesOf()).toEqual([["failed", 8]]);
    expect(getEndpoint(id)).toMatchObject({
      state: "resting",
      stateReason: "The answer had the status 500.",
    });
    const tries = database().select().from(deliveryTries).all();
    expect(tries.map(({ status, answer }) => [status, answer])).toEqual(Array(8).fill([500, "broken"]));
  });

  it("is repeated until the receiver accepts it", async () => {
    const receiver = await receiverOf((_request, response, count) =>
      response.writeHead(count < 3 ? 503 : 200).end(),
    );
    const { id } = await anEndpoint(receiver.url);
    await happen();
    for (const pause of [0, 10_000, 60_000]) {
      clock += pause;
      await work();
    }
    expect(statesOf()).toEqual([["delivered", 3]]);
    expect(getEndpoint(id)).toMatchObject({
      failures: 0,
      failingSince: null,
      lastSuccessAt: new Date(clock),
    });
    clock += 100 * HOUR_MS;
    await work();
    expect(receiver.received).toHaveLength(3);
  });

  it("waits as long as the receiver asks for, and so do all others for the same receiver", async () => {
    const receiver = await receiverOf((_request, response, count) =>
      response.writeHead(count === 1 ? 429 : 200, { "Retry-After": "300" }).end(),
    );
    const { id } = await anEndpoint(receiver.url);
    await happen("organization:1");
    await happen("organization:2");
    await work();
    expect(statesOf()).toEqual([
      ["waiting", 1],
      ["waiting", 0],
    ]);
    clock += 299_000;
    await work();
    expect(receiver.received).toHaveLength(1);
    clock += 1_000;
    await work();
    expect(statesOf()).toEqual([
      ["delivered", 2],
      ["delivered", 1],
    ]);
    expect(getEndpoint(id)).toMatchObject({ state: "active", failures: 0 });
  });
});

describe("the order", () => {
  it("is kept within a subject, and other subjects do not wait", async () => {
    let isBroken = true;
    const receiver = await receiverOf((request, response) =>
      response.writeHead(isBroken && request.body.includes(`"${first}"`) ? 500 : 200).end(),
    );
    await anEndpoint(receiver.url);
    const first = await happen("organization:1");
    const second = await happen("organization:1");
    const other = await happen("organization:2");
    const third = await happen("organization:1");
    await work();
    expect(idsOf(receiver)).toEqual([first, other]);
    isBroken = false;
    clock += 10_000;
    await work();
    expect(idsOf(receiver)).toEqual([first, other, first, second, third]);
    expect(statesOf()).toEqual([
      ["delivered", 2],
      ["delivered", 1],
      ["delivered", 1],
      ["delivered", 1],
    ]);
  });

  it("goes on after a delivery that was given up", async () => {
    let first = "";
    const receiver = await receiverOf((request, response) =>
      response.writeHead(request.body.includes(first) ? 500 : 200).end(),
    );
    await anEndpoint(receiver.url);
    first = await happen("organization:1");
    const second = await happen("organization:1");
    for (let tries = 0; tries < 8; tries += 1) {
      // Something else is accepted in between, so that the endpoint does not rest.
      await happen("organization:2");
      await work();
      clock = Math.max(clock + 1, ...stored().map(({ nextTryAt }) => nextTryAt?.getTime() ?? 0));
    }
    await work();
    expect(idsOf(receiver).filter((id) => id === first || id === second)).toEqual([
      ...Array(8).fill(first),
      second,
    ]);
    expect(statesOf().slice(0, 2)).toEqual([
      ["failed", 8],
      ["delivered", 1],
    ]);
  });
});

describe("a database that cannot be written to", () => {
  const setWritable = (isWritable: boolean) =>
    database().$client.pragma(`query_only = ${isWritable ? "OFF" : "ON"}`);

  it("sends nothing, and everything afterwards", async () => {
    const receiver = await receiverOf();
    await anEndpoint(receiver.url);
    const eventId = await happen();
    await dispatchEvents(new Date(clock));
    setWritable(false);
    for (let second = 0; second < 5; second += 1) {
      startDelivering(options);
      await lanesEnded();
      clock += 1_000;
    }
    expect(receiver.received).toEqual([]);
    setWritable(true);
    await work();
    expect(idsOf(receiver)).toEqual([eventId]);
    expect(statesOf()).toEqual([["delivered", 1]]);
  });

  it("after a request lets the event be sent again after the pause of a failure, in its order, as the same try", async () => {
    const receiver = await receiverOf((_request, response, count) => {
      if (count === 1) setWritable(false);
      response.writeHead(200).end();
    });
    await anEndpoint(receiver.url);
    const first = await happen("organization:1");
    await dispatchEvents(new Date(clock));
    startDelivering(options);
    await lanesEnded();
    setWritable(true);
    const second = await happen("organization:1");
    const other = await happen("organization:2");
    clock += 9_999;
    await work();
    expect(idsOf(receiver)).toEqual([first, other]);
    expect(statesOf()[0]).toEqual(["waiting", 0]);
    expect(verifyDatabase(databaseFile()).faults).toBe(0);
    clock += 1;
    await work();
    expect(idsOf(receiver)).toEqual([first, other, first, second]);
    expect(statesOf()).toEqual([
      ["delivered", 1],
      ["delivered", 1],
      ["delivered", 1],
    ]);
  });
});

describe("while another connection holds the write lock", () => {
  let other: Database;
  beforeEach(() => {
    other = openDatabase(databaseFile());
  });
  afterEach(() => other.$client.close());
  const lock = () => other.$client.exec("BEGIN IMMEDIATE");
  const unlock = () => other.$client.exec("ROLLBACK");

  it("the last delivery of an endpoint ends without a wait for the lock", async () => {
    const receiver = await receiverOf();
    await anEndpoint(receiver.url);
    await happen();
    await dispatchEvents(new Date(clock));
    const lockAfterDelivery = () => {
      if (stored()[0]?.state === "delivered") lock();
    };
    subscribe("bursar.write", lockAfterDelivery);
    const startedAt = performance.now();
    startDelivering(options);
    await lanesEnded();
    unsubscribe("bursar.write", lockAfterDelivery);
    expect(performance.now() - startedAt).toBeLessThan(WRITE_WAIT_MS);
    expect(other.$client.inTransaction).toBe(true);
    expect(statesOf()).toEqual([["delivered", 1]]);
  });

  it("a stop lets nothing more be sent, and what waits keeps its time", async () => {
    const receiver = await receiverOf();
    await anEndpoint(receiver.url);
    await happen();
    await dispatchEvents(new Date(clock));
    lock();
    startDelivering(options);
    const stopped = stopDelivering();
    unlock();
    await stopped;
    expect(receiver.received).toEqual([]);
    expect(stored()).toMatchObject([{ state: "waiting", tries: 0, nextTryAt: new Date(clock) }]);
    await work();
    expect(statesOf()).toEqual([["delivered", 1]]);
  });

  it("a stop also holds for a run that waits for the lock and starts to send only then", async () => {
    const receiver = await receiverOf();
    await anEndpoint(receiver.url);
    await happen();
    lock();
    const run = dispatchEvents(new Date(clock)).then(() => startDelivering(options));
    const stopped = stopDelivering(run);
    unlock();
    await stopped;
    await lanesEnded();
    expect(receiver.received).toEqual([]);
    expect(stored()).toMatchObject([{ state: "waiting", tries: 0, nextTryAt: new Date(clock) }]);
  });
});

describe("a receiver that is dead", () => {
  it("delays no other: each is sent to at the same time", async () => {
    const hanging = await receiverOf(() => {});
    const alive = await receiverOf();
    await anEndpoint(hanging.url, { name: "Hanging" });
    await anEndpoint(alive.url, { name: "Alive" });
    for (let n = 0; n < 20; n += 1) await happen(`organization:${n}`);
    await dispatchEvents(new Date(clock));
    startDelivering({ ...options, timeoutMs: 60_000 });
    await expect.poll(() => alive.received.length, { timeout: 50_000 }).toBe(20);
    // The first request to the other is still under way, and there is only one.
    await expect.poll(() => hanging.received.length).toBe(1);
    const { id } = stored().find(({ endpointId }) => endpointId === 1) ?? { id: 0 };
    expect(stored().find((delivery) => delivery.id === id)?.tries).toBe(0);
    await hanging.stop();
    receivers.splice(receivers.indexOf(hanging), 1);
    await lanesEnded();
  });

  it("costs few requests: after five failures in a row there is a pause, which grows", async () => {
    const receiver = await receiverOf(failing);
    const { id } = await anEndpoint(receiver.url);
    for (let n = 0; n < 50; n += 1) await happen(`organization:${n}`);
    await work();
    expect(receiver.received).toHaveLength(5);
    clock += 29_000;
    await work();
    expect(receiver.received).toHaveLength(5);
    clock += 1_000;
    await work();
    expect(receiver.received).toHaveLength(6);
    expect(getEndpoint(id)).toMatchObject({ failures: 6, waiting: 50, state: "active" });
    expect(countWaiting()).toBe(50);
    expect([...countEndpoints()]).toEqual([
      ["active", 1],
      ["paused", 0],
      ["resting", 0],
    ]);
  });

  it("is suspended after a day, its owner is told, and nothing is lost when it is resumed", async () => {
    let isBroken = true;
    const receiver = await receiverOf((_request, response) => response.writeHead(isBroken ? 500 : 200).end());
    const watcher = await receiverOf();
    const { id } = await anEndpoint(receiver.url, { events: ["pool.low"] });
    await anEndpoint(watcher.url, { events: ["webhook.resting"], name: "Watcher" });
    const sent: string[] = [];
    for (let hour = 0; hour < 40; hour += 1) {
      if (hour < 30) sent.push(await happen(`organization:${hour}`));
      await work();
      clock += HOUR_MS;
    }
    expect(getEndpoint(id)).toMatchObject({
      state: "resting",
      stateReason: "The answer had the status 500.",
    });
    const [told] = watcher.received;
    expect(watcher.received).toHaveLength(1);
    expect(JSON.parse(told?.body ?? "")).toMatchObject({
      type: "webhook.resting",
      data: {
        title: "The webhook endpoint Finance is suspended",
        text: "The answer had the status 500. Events for it wait until you resume it.",
        path: `/settings/notifications/endpoints/${id}`,
      },
    });
    const during = receiver.received.length;
    isBroken = false;
    clock += 100 * HOUR_MS;
    await work();
    expect(receiver.received).toHaveLength(during);
    value(await pauseOrResume({ id, to: "active" }, operator));
    await work();
    expect(new Set(idsOf(receiver))).toEqual(new Set(sent));
    expect(stored().filter(({ endpointId, state }) => endpointId === id && state === "waiting")).toEqual([]);
    expect(getEndpoint(id)).toMatchObject({ state: "active", stateReason: null, failures: 0 });
  });

  it("is suspended at once when it answers that it is gone", async () => {
    const receiver = await receiverOf((_request, response) => response.writeHead(410).end());
    const { id } = await anEndpoint(receiver.url);
    await happen();
    await work();
    expect(getEndpoint(id)?.state).toBe("resting");
    const [entry] = database()
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.action, "webhook.rested"))
      .all();
    expect(entry).toMatchObject({ actorKind: "system", subjectLabel: "Finance" });
  });
});

describe("a secret", () => {
  it("that was rotated signs beside the new one for 24 hours", async () => {
    const receiver = await receiverOf();
    const { id, secret: old } = await anEndpoint(receiver.url);
    const { secret: next } = value(await rotateSecret({ id }, operator, new Date(clock)));
    await happen();
    await work();
    const [request] = receiver.received;
    for (const secret of [old, next]) {
      expect(new Webhook(secret).verify(request?.body ?? "", request?.headers ?? {})).toMatchObject({
        type: "pool.low",
      });
    }
    database()
      .update(webhookEndpoints)
      .set({ previousSecretUntil: new Date(clock) })
      .run();
    await happen();
    await work();
    const later = receiver.received[1];
    expect(() => new Webhook(old).verify(later?.body ?? "", later?.headers ?? {})).toThrow();
    expect(new Webhook(next).verify(later?.body ?? "", later?.headers ?? {})).toMatchObject({
      type: "pool.low",
    });
  });

  it("is in no row as it is, and neither is the address", async () => {
    const receiver = await receiverOf(({ path }, response) =>
      response.writeHead(404).end(`Cannot POST ${path}`),
    );
    const { secret } = await anEndpoint(`${receiver.url}/services/hidden-path?token=hidden-token`);
    await anEndpoint(`${receiver.url}/services/slack-path`, { kind: "slack" });
    await happen();
    await work();
    const { $client: sqlite } = database();
    const tables = sqlite.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
    const everything = tables
      .map((table) => JSON.stringify(sqlite.prepare(`SELECT * FROM "${table}"`).safeIntegers(false).all()))
      .join("\n");
    expect(everything).toContain("Cannot POST /…/…?token=…");
    expect(everything).not.toMatch(/hidden-(path|token)/);
    expect(everything).not.toContain("slack-path");
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain(secret.slice("whsec_".length));
  });

  it("in a path is not in the audit, which tells of a change there", async () => {
    const { id } = await anEndpoint("https://example.edu/hooks/one-secret");
    const next = { id, name: "Finance", url: "https://example.edu/hooks/two-secret", events: ["*"] };
    value(await updateEndpoint(next, operator));
    const trail = database().select({ after: auditEntries.after }).from(auditEntries).all();
    expect(trail.map(({ after }) => JSON.parse(after ?? "{}"))).toEqual([
      {
        name: "Finance",
        kind: "webhook",
        webAddress: "https://example.edu/hooks/…",
        eventNames: "*",
        status: "active",
      },
      { note: "The part of the address that is not shown was changed." },
    ]);
  });

  it("that cannot be decrypted lets the endpoint rest, and explains what to do", async () => {
    const receiver = await receiverOf();
    const { id } = await anEndpoint(receiver.url);
    process.env.AUTH_SECRET = "another secret of at least 32 characters";
    loadConfig();
    try {
      await happen();
      await work();
      expect(receiver.received).toEqual([]);
      expect(getEndpoint(id)).toMatchObject({
        state: "resting",
        stateReason:
          "The portal’s secret has changed, so the address and the secret of this endpoint cannot be read. Enter the address again and rotate the secret.",
      });
      // So that it is sent as soon as the endpoint is resumed.
      expect(stored()).toMatchObject([{ state: "waiting", tries: 0, nextTryAt: new Date(clock) }]);
    } finally {
      delete process.env.AUTH_SECRET;
      loadConfig();
    }
  });
});

describe("sending again", () => {
  it("repeats an event with the same id", async () => {
    const receiver = await receiverOf();
    await anEndpoint(receiver.url);
    const eventId = await happen();
    await work();
    expect(value(await sendAgain({ delivery: 1 }, operator, new Date(clock)))).toEqual({
      eventId,
      endpoint: "Finance",
    });
    await work();
    expect(idsOf(receiver)).toEqual([eventId, eventId]);
    expect(statesOf()).toEqual([
      ["delivered", 1],
      ["delivered", 1],
    ]);
  });

  it("goes to every endpoint that the event was sent to, or to one", async () => {
    const [one, two] = [await receiverOf(), await receiverOf()];
    await anEndpoint(one.url, { name: "One" });
    const { id } = await anEndpoint(two.url, { name: "Two" });
    const eventId = await happen();
    await work();
    expect(value(await sendEventAgain({ eventId, endpoint: null }, operator)).endpoints).toEqual([
      "One",
      "Two",
    ]);
    expect(value(await sendEventAgain({ eventId, endpoint: id }, operator)).endpoints).toEqual(["Two"]);
    clock = Date.now();
    await work();
    expect([one.received.length, two.received.length]).toEqual([2, 3]);
    expect(await sendEventAgain({ eventId: "evt_none", endpoint: null }, operator)).toMatchObject({
      ok: false,
      code: "delivery_not_found",
    });
  });

  it("is not for admins", async () => {
    const receiver = await receiverOf();
    await anEndpoint(receiver.url);
    await happen();
    await work();
    const admin = await aPortalUser("admin");
    await expect(sendAgain({ delivery: 1 }, admin)).rejects.toThrow("This needs the role owner.");
    await expect(sendTest({ id: 1 }, admin)).rejects.toThrow("This needs the role owner.");
  });
});

describe("a test", () => {
  it("is sent at once, signed, and logged", async () => {
    const receiver = await receiverOf();
    const { id, secret } = await anEndpoint(receiver.url, { events: ["pool.low"] });
    expect(value(await sendTest({ id }, operator))).toMatchObject({
      endpoint: "Finance",
      outcome: { status: 200, error: null },
    });
    const [request] = receiver.received;
    expect(new Webhook(secret).verify(request?.body ?? "", request?.headers ?? {})).toMatchObject({
      type: "webhook.test",
      data: {},
    });
    await work();
    expect(receiver.received).toHaveLength(1);
    expect(listDeliveries(id, { before: null, after: null }).items).toMatchObject([
      { type: "webhook.test", state: "delivered", tries: [{ status: 200 }] },
    ]);
  });

  it("that fails is not repeated, and does not count against the endpoint", async () => {
    const receiver = await receiverOf(failing);
    const { id } = await anEndpoint(receiver.url);
    expect(value(await sendTest({ id }, operator)).outcome).toMatchObject({
      status: 500,
      error: "The answer had the status 500.",
    });
    clock += 48 * HOUR_MS;
    await work();
    expect(receiver.received).toHaveLength(1);
    expect(getEndpoint(id)).toMatchObject({ state: "active", failures: 0 });
    expect(listDeliveries(id, { before: null, after: null }).items).toMatchObject([{ state: "failed" }]);
  });
});

it("messages of Slack and Teams are not signed and have a text", async () => {
  const receiver = await receiverOf();
  await anEndpoint(`${receiver.url}/slack`, { kind: "slack" });
  await anEndpoint(`${receiver.url}/teams`, { kind: "teams" });
  await happen();
  await work();
  const bodies = new Map(receiver.received.map(({ path, body }) => [path, JSON.parse(body)]));
  expect(bodies.get("/slack")).toMatchObject({ text: `Event ${events}` });
  expect(bodies.get("/teams")).toMatchObject({ type: "message" });
  for (const { headers } of receiver.received) expect(headers["webhook-signature"]).toBeUndefined();
});

it("an endpoint that was removed gets nothing more, and its log is gone", async () => {
  const receiver = await receiverOf(failing);
  const { id } = await anEndpoint(receiver.url);
  await happen();
  await work();
  value(await removeEndpoint({ id }, operator));
  clock += HOUR_MS;
  await work();
  expect(receiver.received).toHaveLength(1);
  expect(stored()).toEqual([]);
  expect(database().select().from(deliveryTries).all()).toEqual([]);
});

it("events, deliveries and tries are deleted after 30 days", async () => {
  const receiver = await receiverOf();
  await anEndpoint(receiver.url);
  await happen();
  await work();
  const old = clock;
  clock += 29 * 24 * HOUR_MS;
  await happen();
  await work();
  await deleteOldEvents(new Date(old + 30 * 24 * HOUR_MS + 1));
  expect(stored().map(({ id }) => id)).toEqual([2]);
  expect(database().select().from(outboxEvents).all()).toHaveLength(1);
  expect(database().select().from(deliveryTries).all()).toHaveLength(1);
});

it("what waits behind an event that is deleted after 30 days is sent when its endpoint is resumed", async () => {
  const receiver = await receiverOf();
  const { id } = await anEndpoint(receiver.url);
  const old = clock;
  await happen("organization:1");
  await happen("organization:1");
  await happen("organization:2");
  clock += 10 * 24 * HOUR_MS;
  const later = [await happen("organization:1"), await happen("organization:1")];
  await dispatchEvents(new Date(clock));
  value(await pauseOrResume({ id, to: "paused" }, operator));
  clock = old + 30 * 24 * HOUR_MS + 1;
  await deleteOldEvents(new Date(clock));
  expect(stored().map(({ nextTryAt }) => nextTryAt)).toEqual([new Date(clock), null]);
  expect(verifyDatabase(databaseFile()).checks.filter((check) => check.faults > 0)).toEqual([]);
  value(await pauseOrResume({ id, to: "active" }, operator));
  await work();
  expect(idsOf(receiver)).toEqual(later);
});

it("verify reports a delivery that is due at a wrong time, or has another number of tries", async () => {
  const receiver = await receiverOf(failing);
  await anEndpoint(receiver.url);
  await happen("organization:1");
  await happen("organization:1");
  await work();
  const faults = () =>
    verifyDatabase(databaseFile())
      .checks.filter((check) => check.faults > 0)
      .map(({ name, mismatches }) => [name, mismatches.map(({ row, message }) => `${row}: ${message}`)]);
  expect(faults()).toEqual([]);
  database().update(deliveries).set({ tries: 3 }).where(eq(deliveries.id, 1)).run();
  database()
    .update(deliveries)
    .set({ nextTryAt: new Date(clock) })
    .where(eq(deliveries.id, 2))
    .run();
  expect(faults()).toEqual([
    [
      "deliveries",
      [
        "deliveries 1 (organization:1): tries is 3, it should be 1",
        "deliveries 2 (organization:1): whether it is due at a time is 1, it should be 0",
      ],
    ],
  ]);
});

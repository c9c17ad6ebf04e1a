import { readFileSync } from "node:fs";
import path from "node:path";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { closeDatabase, database, databaseFile, write } from "#db/client.ts";
import { deliveries, mailItems, mails, outboxEvents } from "#db/schema/index.ts";
import { backUp } from "#lib/backup/commands/backup.ts";
import { restoreBackup } from "#lib/backup/commands/restore.ts";
import { loadConfig } from "#lib/config.ts";
import { dispatchEvents } from "#lib/notifications/dispatch.ts";
import { appendEvent } from "#lib/outbox/append.ts";
import { ALL_EVENTS } from "#lib/outbox/rules/events.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import {
  createEndpoint,
  pauseOrResume,
  removeEndpoint,
  rotateSecret,
  updateEndpoint,
} from "#lib/webhooks/commands/endpoints.ts";
import { listEndpoints } from "#lib/webhooks/queries.ts";
import { lanesEnded, startDelivering } from "#lib/webhooks/worker.ts";
import { operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { type Receiver, startReceiver } from "#tests/support/receiver.ts";

useFreshDatabase();

let receiver: Receiver;
let accepts = true;
beforeEach(async () => {
  process.env.WEBHOOK_ALLOW_PRIVATE = "on";
  loadConfig();
  accepts = true;
  receiver = await startReceiver((_request, response) => response.writeHead(accepts ? 200 : 500).end());
});
afterEach(async () => {
  delete process.env.WEBHOOK_ALLOW_PRIVATE;
  loadConfig();
  await receiver.stop();
});

const backup = () => path.join(process.env.DATA_DIR ?? "", "backup.sqlite");

async function restore({ asItWas = false } = {}): Promise<string[]> {
  closeDatabase();
  const { withdrawn } = value(await restoreBackup(backup(), operator, { asItWas }));
  expect(verifyDatabase(databaseFile()).ok).toBe(true);
  return withdrawn.webhooks;
}

const happen = (subject: string) =>
  write((tx) =>
    appendEvent(tx, {
      type: "pool.low",
      subject,
      organizationId: null,
      data: { title: "Low", text: "", path: "/", organization: null, figures: {} },
    }),
  );

async function work(now = new Date()): Promise<void> {
  await dispatchEvents(now);
  startDelivering({ now: () => now });
  await lanesEnded();
}

const anEndpoint = async (name: string, at?: Date) =>
  value(
    await createEndpoint(
      { kind: "webhook", name, url: `${receiver.url}/${name}`, events: [ALL_EVENTS] },
      operator,
      at,
    ),
  );
const states = () => listEndpoints().map(({ name, state }) => [name, state]);

const DAY_MS = 24 * 3_600_000;

describe("a restore", () => {
  it("sends nothing that waited when the backup was made", async () => {
    const user = value(await createPortalUser({ email: "ana@example.edu", role: "owner" }, operator));
    await anEndpoint("finance");
    accepts = false;
    await happen("a");
    await work();
    await happen("b");
    await write((tx) => {
      const mail = { messageId: "m@x", portalUserId: user.id, kind: "events", state: "waiting" } as const;
      const { id } = tx
        .insert(mails)
        .values({ ...mail, createdAt: new Date(), nextTryAt: new Date() })
        .returning()
        .get();
      tx.insert(mailItems)
        .values([
          { portalUserId: user.id, eventId: 1, mailId: id },
          { portalUserId: user.id, eventId: 1 },
        ])
        .run();
    });
    value(await backUp(backup(), operator));
    accepts = true;
    await work(new Date(Date.now() + DAY_MS));
    expect(receiver.received).toHaveLength(3);
    await restore();
    await work(new Date(Date.now() + DAY_MS));
    expect(receiver.received).toHaveLength(3);
    expect(database().select().from(deliveries).all()).toMatchObject([
      { state: "cancelled", nextTryAt: null },
    ]);
    expect(database().select().from(outboxEvents).all()).toHaveLength(1);
    expect(database().select().from(mails).all()).toEqual([]);
    expect(database().select().from(mailItems).all()).toEqual([]);
    await happen("a");
    await work();
    expect(receiver.received).toHaveLength(4);
  });

  it("sends nothing to an endpoint that was removed since, also if its id has another one now", async () => {
    const { id } = await anEndpoint("old", new Date(1_000));
    value(await backUp(backup(), operator));
    value(await removeEndpoint({ id }, operator));
    expect((await anEndpoint("new")).id).toBe(id);
    expect(await restore()).toEqual(["old"]);
    expect(states()).toEqual([["old", "resting"]]);
    await happen("a");
    await work();
    expect(receiver.received).toEqual([]);
    value(await pauseOrResume({ id, to: "active" }, operator));
    await work();
    expect(receiver.received.map(({ path }) => path)).toEqual(["/old"]);
  });

  it("signs with the secret and sends to the address of now, and keeps a paused endpoint paused", async () => {
    const { id } = await anEndpoint("finance");
    const { id: paused } = await anEndpoint("paused");
    value(await backUp(backup(), operator));
    const { secret } = value(await rotateSecret({ id }, operator));
    value(
      await updateEndpoint(
        { id, name: "Money", url: `${receiver.url}/moved`, events: [ALL_EVENTS] },
        operator,
      ),
    );
    value(await pauseOrResume({ id: paused, to: "paused" }, operator));
    expect(await restore()).toEqual([]);
    expect(states()).toEqual([
      ["Money", "active"],
      ["paused", "paused"],
    ]);
    await happen("a");
    await work();
    const [request] = receiver.received;
    expect(receiver.received.map(({ path }) => path)).toEqual(["/moved"]);
    expect(new Webhook(secret).verify(request?.body ?? "", request?.headers ?? {})).toMatchObject({
      type: "pool.low",
    });
  });

  it("brings the endpoints back as they were where that is asked for", async () => {
    const { id } = await anEndpoint("finance");
    value(await backUp(backup(), operator));
    value(await removeEndpoint({ id }, operator));
    expect(await restore({ asItWas: true })).toEqual(["finance"]);
    expect(states()).toEqual([["finance", "active"]]);
  });

  it("to another machine cannot read addresses and secrets without the portal’s secret", async () => {
    await anEndpoint("finance");
    value(await backUp(backup(), operator));
    const copy = backup();
    const directory = process.env.DATA_DIR ?? "";
    const other = path.join(directory, "other");
    closeDatabase();
    process.env.DATA_DIR = other;
    try {
      value(await restoreBackup(copy, operator));
      await happen("a");
      await work();
      expect(receiver.received).toEqual([]);
      expect(states()).toEqual([["finance", "resting"]]);
    } finally {
      closeDatabase();
      process.env.DATA_DIR = directory;
    }
  });
});

it("a backup has neither the secret of an endpoint nor its hidden address", async () => {
  const { secret } = await anEndpoint("finance");
  const slack = {
    kind: "slack",
    name: "Slack",
    url: `${receiver.url}/services/T0/hidden`,
    events: [ALL_EVENTS],
  } as const;
  value(await createEndpoint(slack, operator));
  await happen("a");
  await work();
  value(await backUp(backup(), operator));
  const bytes = readFileSync(backup()).toString("latin1");
  expect(bytes).toContain("/finance");
  expect(bytes).not.toContain(secret?.slice("whsec_".length));
  expect(bytes).not.toContain("services/T0");
});

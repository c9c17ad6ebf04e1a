import { expect, it } from "vitest";
import { database, write } from "#db/client.ts";
import { deliveries, mails, webhookEndpoints } from "#db/schema/index.ts";
import { deleteOldEvents, dispatchEvents } from "#lib/notifications/dispatch.ts";
import { appendEvent } from "#lib/outbox/append.ts";
import { aPortalUser } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { turnsDuring } from "#tests/support/turns.ts";

useFreshDatabase();

it("lets requests be answered between two pieces of many events", async () => {
  const data = { title: "Low", text: "", path: "/", organization: null, figures: {} };
  const day = new Date("2026-10-01T00:00:00Z");
  await write((tx) => {
    const endpoint = {
      name: "Finance",
      kind: "webhook",
      urlSealed: "",
      urlShown: "",
      events: '["*"]',
      createdAt: day,
    } as const;
    tx.insert(webhookEndpoints).values(endpoint).run();
    for (let event = 0; event < 350; event++) {
      const subject = `credit_type:${event}`;
      appendEvent(tx, { type: "pool.low", subject, organizationId: null, data }, day);
    }
  });
  expect(await turnsDuring(dispatchEvents(day))).toBeGreaterThanOrEqual(3);
  expect(database().select().from(deliveries).all()).toHaveLength(350);
  const later = new Date("2026-12-01T00:00:00Z");
  expect(await turnsDuring(deleteOldEvents(later))).toBeGreaterThanOrEqual(1);
  expect(database().select().from(deliveries).all()).toEqual([]);
});

it("deletes all mails that are older than 30 days", async () => {
  const { id: portalUserId } = await aPortalUser("owner");
  const mail = { messageId: "m@x", portalUserId, kind: "events", state: "sent" } as const;
  const old = new Date("2026-10-01T00:00:00Z");
  const recent = new Date("2026-11-30T00:00:00Z");
  await write((tx) => {
    for (const createdAt of [...Array<Date>(1_500).fill(old), recent]) {
      tx.insert(mails)
        .values({ ...mail, createdAt, endedAt: createdAt })
        .run();
    }
  });
  await deleteOldEvents(new Date("2026-12-01T00:00:00Z"));
  expect(database().select({ createdAt: mails.createdAt }).from(mails).all()).toEqual([
    { createdAt: recent },
  ]);
});

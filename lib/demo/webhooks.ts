import { and, asc, eq, gt, isNull, max } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { deliveries, outboxEvents, webhookEndpoints } from "#db/schema/index.ts";
import { isEventType, matchesEvent } from "#lib/outbox/rules/events.ts";
import { endDelivery, insertDelivery } from "#lib/webhooks/commands/records.ts";
import { insertTry } from "#lib/webhooks/commands/send.ts";
import { DEMO_ENDPOINT } from "./enterprise.ts";

// The log of the demo's endpoint is as invented as the demo's spending: no request was ever made.

const SECOND_MS = 1_000;
const ACCEPTED = { status: 200, error: null, answer: '{"received":true}', retryAfterMs: 0 };
const BUSY = {
  status: 503,
  error: "The answer had the status 503.",
  answer: '{"error":"maintenance"}',
  retryAfterMs: 0,
};
/** Of this number of events, the receiver was busy at one, and accepted the second try, ten seconds later. */
const BUSY_EVERY = 7;

/** The id of the latest event; 0 for none. */
export const latestEventId = (tx: Transaction): number =>
  tx
    .select({ id: max(outboxEvents.id) })
    .from(outboxEvents)
    .get()?.id ?? 0;

function addDelivery(tx: Transaction, event: typeof outboxEvents.$inferSelect, endpointId: number): void {
  const { id: eventId, subject, createdAt } = event;
  const id = insertDelivery(tx, { eventId, endpointId, subject }, createdAt);
  const sentAt = new Date(createdAt.getTime() + SECOND_MS);
  const durationMs = 40 + ((eventId * 37) % 120);
  const outcomes = eventId % BUSY_EVERY === 0 ? [BUSY, ACCEPTED] : [ACCEPTED];
  for (const [index, outcome] of outcomes.entries()) {
    insertTry(tx, id, { ...outcome, durationMs }, new Date(sentAt.getTime() + index * 10 * SECOND_MS));
  }
  const endedAt = new Date(sentAt.getTime() + (outcomes.length - 1) * 10 * SECOND_MS + durationMs);
  tx.update(deliveries).set({ tries: outcomes.length }).where(eq(deliveries.id, id)).run();
  endDelivery(tx, { id, endpointId, subject }, "delivered", endedAt);
  tx.update(outboxEvents).set({ dispatchedAt: sentAt }).where(eq(outboxEvents.id, eventId)).run();
  tx.update(webhookEndpoints)
    .set({ lastSuccessAt: endedAt })
    .where(eq(webhookEndpoints.id, endpointId))
    .run();
}

/**
 * Adds the events of the demo's history to the log of its endpoint, and deletes those that the endpoint has not asked for:
 * another endpoint, or a mail, should not tell of them.
 *
 * @param after the latest event before the history
 */
export function logDemoEvents(tx: Transaction, endpointId: number, after: number): void {
  const events = tx
    .select()
    .from(outboxEvents)
    .where(and(gt(outboxEvents.id, after), isNull(outboxEvents.dispatchedAt)))
    .orderBy(asc(outboxEvents.id))
    .all();
  const endpoint = tx.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, endpointId)).get();
  for (const event of events) {
    const isAskedFor =
      isEventType(event.type) &&
      matchesEvent(DEMO_ENDPOINT.events, event.type) &&
      endpoint !== undefined &&
      event.createdAt >= endpoint.createdAt;
    if (isAskedFor) addDelivery(tx, event, endpointId);
    else tx.delete(outboxEvents).where(eq(outboxEvents.id, event.id)).run();
  }
}

import { setImmediate as nextTurn } from "node:timers/promises";
import { and, asc, eq, gt, isNull, lt, sql } from "drizzle-orm";
import { database, type Transaction, write } from "#db/client.ts";
import { mailItems, mails, outboxEvents } from "#db/schema/index.ts";
import { audience } from "#lib/mail/recipients.ts";
import { mailConfigured } from "#lib/mail/smtp.ts";
import { readerOf } from "#lib/outbox/rules/events.ts";
import { deleteEvents } from "#lib/webhooks/commands/records.ts";
import { RETENTION_MS } from "#lib/webhooks/rules/retries.ts";
import { addDeliveries } from "#lib/webhooks/worker.ts";

/** Events a transaction, so that other writes do not wait long. */
const EVENTS_AT_ONCE = 100;

function isAnyWaiting(): boolean {
  return (
    database()
      .select({ id: outboxEvents.id })
      .from(outboxEvents)
      .where(isNull(outboxEvents.dispatchedAt))
      .limit(1)
      .get() !== undefined
  );
}

/** Turns some of the events that wait into deliveries and mails, in their order. @returns how many */
function dispatchSome(tx: Transaction, now: Date): number {
  const events = tx
    .select()
    .from(outboxEvents)
    .where(isNull(outboxEvents.dispatchedAt))
    .orderBy(asc(outboxEvents.id))
    .limit(EVENTS_AT_ONCE)
    .all();
  const mailAudience = mailConfigured() ? audience(tx) : () => [];
  for (const event of events) {
    const readers = mailAudience(event);
    for (const portalUserId of readers)
      tx.insert(mailItems).values({ portalUserId, eventId: event.id }).run();
    // What nobody gets is not kept.
    const deliveries = readerOf(event) === null ? addDeliveries(tx, event, now) : 0;
    if (deliveries + readers.length === 0) tx.delete(outboxEvents).where(eq(outboxEvents.id, event.id)).run();
    else tx.update(outboxEvents).set({ dispatchedAt: now }).where(eq(outboxEvents.id, event.id)).run();
  }
  return events.length;
}

/** Turns every event that waits into deliveries and mails. */
export async function dispatchEvents(now: Date = new Date()): Promise<void> {
  while (isAnyWaiting()) {
    await write((tx) => dispatchSome(tx, now));
    // A batch of 100,000 rows has as many events. Requests are answered between two writes.
    await nextTurn();
  }
}

const ROWS_A_PIECE = 1_000;

/** Deletes events that are older than 30 days, with their deliveries, and mails that are as old. */
export async function deleteOldEvents(now: Date = new Date()): Promise<void> {
  const before = new Date(now.getTime() - RETENTION_MS);
  for (let deleted = ROWS_A_PIECE; deleted === ROWS_A_PIECE; ) {
    deleted = await write((tx) => {
      const oldest = tx
        .select({ id: outboxEvents.id, createdAt: outboxEvents.createdAt })
        .from(outboxEvents)
        // Along the ids, in whose order events are stored.
        .where(gt(outboxEvents.id, 0))
        .orderBy(asc(outboxEvents.id))
        .limit(ROWS_A_PIECE)
        .all()
        .filter(({ createdAt }) => createdAt < before);
      deleteEvents(
        tx,
        oldest.map(({ id }) => id),
        now,
      );
      return oldest.length;
    });
    await nextTurn();
  }
  const oldestMails = sql`SELECT id FROM mails WHERE id > 0 ORDER BY id LIMIT ${ROWS_A_PIECE}`;
  for (let deleted = ROWS_A_PIECE; deleted === ROWS_A_PIECE; ) {
    const { changes } = await write((tx) =>
      tx
        .delete(mails)
        .where(and(sql`${mails.id} IN (${oldestMails})`, lt(mails.createdAt, before)))
        .run(),
    );
    deleted = changes;
    await nextTurn();
  }
}

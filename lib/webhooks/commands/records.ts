import { and, asc, eq, isNotNull } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { deliveries, outboxEvents, webhookEndpoints } from "#db/schema/index.ts";
import type { AuditSubjectKind, AuditValues } from "#lib/audit/rules.ts";
import { type EndpointRow, patternsOf } from "../queries.ts";
import { patternsText } from "../rules/endpoints.ts";

// What several commands write, in the transaction of their caller.

/** The subject of an audit entry about an endpoint. */
export const endpointSubject = ({ id, name }: Pick<EndpointRow, "id" | "name">) => ({
  kind: "webhook" as const satisfies AuditSubjectKind,
  id,
  label: name,
});

/** What the audit records of an endpoint: neither its whole address nor a secret. */
export function endpointValues(row: Pick<EndpointRow, "name" | "kind" | "urlShown" | "events" | "state">) {
  return {
    name: row.name,
    kind: row.kind,
    webAddress: row.urlShown,
    eventNames: patternsText(patternsOf(row)),
    status: row.state,
  } satisfies AuditValues;
}

export function endpointById(tx: Transaction, id: number): EndpointRow | undefined {
  return tx.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, id)).get();
}

/** Where events keep their order: one subject at one endpoint. */
type Queue = { endpointId: number; subject: string };

const firstWaiting = (tx: Transaction, { endpointId, subject }: Queue) =>
  tx
    .select({ id: deliveries.id, nextTryAt: deliveries.nextTryAt })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.endpointId, endpointId),
        eq(deliveries.subject, subject),
        eq(deliveries.state, "waiting"),
      ),
    )
    .orderBy(asc(deliveries.id))
    .limit(1)
    .get();

/** Makes the first delivery that waits in a queue due, where the one before it has ended. */
function advance(tx: Transaction, queue: Queue, now: Date): void {
  const first = firstWaiting(tx, queue);
  if (first?.nextTryAt !== null) return;
  tx.update(deliveries).set({ nextTryAt: now }).where(eq(deliveries.id, first.id)).run();
}

/** Adds a delivery, which is due now unless an earlier one of its subject still waits. @returns its id */
export function insertDelivery(
  tx: Transaction,
  { eventId, endpointId, subject }: { eventId: number; endpointId: number; subject: string },
  now: Date,
): number {
  const isBehind = firstWaiting(tx, { endpointId, subject }) !== undefined;
  return tx
    .insert(deliveries)
    .values({
      eventId,
      endpointId,
      subject,
      state: "waiting",
      nextTryAt: isBehind ? null : now,
      createdAt: now,
    })
    .returning({ id: deliveries.id })
    .get().id;
}

/** Ends a delivery and makes the next one of its subject due. */
export function endDelivery(
  tx: Transaction,
  delivery: { id: number; endpointId: number; subject: string },
  state: "delivered" | "failed" | "cancelled",
  now: Date,
): void {
  tx.update(deliveries)
    .set({ state, nextTryAt: null, endedAt: now })
    .where(eq(deliveries.id, delivery.id))
    .run();
  advance(tx, delivery, now);
}

/** Deletes events with their deliveries, and makes due what waited behind these. */
export function deleteEvents(tx: Transaction, ids: readonly number[], now: Date): void {
  const queues = new Map<string, Queue>();
  for (const id of ids) {
    const due = tx
      .select({ endpointId: deliveries.endpointId, subject: deliveries.subject })
      .from(deliveries)
      .where(and(eq(deliveries.eventId, id), isNotNull(deliveries.nextTryAt)))
      .all();
    for (const queue of due) queues.set(`${queue.endpointId} ${queue.subject}`, queue);
    tx.delete(outboxEvents).where(eq(outboxEvents.id, id)).run();
  }
  for (const queue of queues.values()) advance(tx, queue, now);
}

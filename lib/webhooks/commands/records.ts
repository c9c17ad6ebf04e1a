import { and, asc, eq } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { deliveries, webhookEndpoints } from "#db/schema/index.ts";
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

const firstWaiting = (tx: Transaction, endpointId: number, subject: string) =>
  tx
    .select({ id: deliveries.id })
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

/** Adds a delivery, which is due now unless an earlier one of its subject still waits. @returns its id */
export function insertDelivery(
  tx: Transaction,
  { eventId, endpointId, subject }: { eventId: number; endpointId: number; subject: string },
  now: Date,
): number {
  const isBehind = firstWaiting(tx, endpointId, subject) !== undefined;
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
  const next = firstWaiting(tx, delivery.endpointId, delivery.subject);
  if (next) tx.update(deliveries).set({ nextTryAt: now }).where(eq(deliveries.id, next.id)).run();
}

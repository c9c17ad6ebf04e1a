import { randomBytes } from "node:crypto";
import { asc, eq } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { deliveries, outboxEvents } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import type { PostOutcome } from "../post.ts";
import { TEST_EVENT } from "../rules/bodies.ts";
import { endpointById, endpointSubject, insertDelivery } from "./records.ts";
import { insertTry, type SendOptions, sendOnce } from "./send.ts";

/** Queues the event of a delivery again, with the same id, behind what waits for its subject. */
export async function sendAgain(
  { delivery: id }: { delivery: number },
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<{ eventId: string; endpoint: string }>> {
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const row = tx.select().from(deliveries).where(eq(deliveries.id, id)).get();
    const eventId = row && queueAgain(tx, row, actor, now);
    const endpoint = row && endpointById(tx, row.endpointId);
    if (!eventId || !endpoint) {
      return refused("delivery_not_found", "This delivery is no longer kept.");
    }
    return done({ eventId, endpoint: endpoint.name });
  });
}

/** Queues an event again for every endpoint that it was sent to, or for one of them. */
export async function sendEventAgain(
  { eventId, endpoint }: { eventId: string; endpoint: number | null },
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<{ eventId: string; endpoints: string[] }>> {
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const rows = tx
      .select({ delivery: deliveries })
      .from(deliveries)
      .innerJoin(outboxEvents, eq(outboxEvents.id, deliveries.eventId))
      .where(eq(outboxEvents.eventId, eventId))
      .orderBy(asc(deliveries.id))
      .all()
      .map(({ delivery }) => delivery)
      .filter((delivery) => endpoint === null || delivery.endpointId === endpoint);
    if (rows.length === 0) {
      const message =
        endpoint === null
          ? "No event with this id was sent to an endpoint in the last 30 days."
          : "No event with this id was sent to this endpoint in the last 30 days.";
      return refused("delivery_not_found", message);
    }
    const latest = new Map(rows.map((delivery) => [delivery.endpointId, delivery]));
    const endpoints: string[] = [];
    for (const delivery of latest.values()) {
      queueAgain(tx, delivery, actor, now);
      endpoints.push(endpointById(tx, delivery.endpointId)?.name ?? "");
    }
    return done({ eventId, endpoints });
  });
}

function queueAgain(
  tx: Transaction,
  delivery: typeof deliveries.$inferSelect,
  actor: Actor,
  now: Date,
): string | null {
  const event = tx.select().from(outboxEvents).where(eq(outboxEvents.id, delivery.eventId)).get();
  const endpoint = endpointById(tx, delivery.endpointId);
  if (!event || !endpoint) return null;
  insertDelivery(tx, delivery, now);
  recordAudit(
    tx,
    actor,
    [
      {
        action: "webhook.sent_again",
        subject: endpointSubject(endpoint),
        after: { eventNames: event.type, eventId: event.eventId },
      },
    ],
    now,
  );
  return event.eventId;
}

/**
 * Sends a test to an endpoint now, whatever its state is, and logs it as a delivery. There is one try.
 *
 * @returns what came of it; a failure of the receiver is no refusal
 */
export async function sendTest(
  { id }: { id: number },
  actor: Actor,
  options: SendOptions = {},
): Promise<Result<{ endpoint: string; outcome: PostOutcome }>> {
  const { now = () => new Date() } = options;
  const at = now();
  const event = {
    eventId: `evt_${randomBytes(16).toString("base64url")}`,
    type: TEST_EVENT,
    createdAt: at,
    data: "{}",
  };
  const begun = await write((tx) => {
    assertRole(tx, actor, "owner");
    const endpoint = endpointById(tx, id);
    if (!endpoint) return refused("endpoint_not_found", "This endpoint does not exist.");
    const subject = `webhook:${id}`;
    const stored = tx
      .insert(outboxEvents)
      .values({ ...event, subject, organizationId: null, dispatchedAt: at })
      .returning({ id: outboxEvents.id })
      .get();
    // It ends at once, so that the worker does not send it too.
    const delivery = tx
      .insert(deliveries)
      .values({
        eventId: stored.id,
        endpointId: id,
        subject,
        state: "failed",
        createdAt: at,
        endedAt: at,
      })
      .returning({ id: deliveries.id })
      .get();
    recordAudit(tx, actor, [{ action: "webhook.tested", subject: endpointSubject(endpoint) }], at);
    return done({ endpoint, delivery: delivery.id });
  });
  if (!begun.ok) return begun;
  const { endpoint, delivery } = begun.value;
  const outcome = (await sendOnce({ event, endpoint }, options)) ?? {
    status: null,
    error:
      "The address or the secret of this endpoint cannot be read, because the portal’s secret has changed.",
    answer: null,
    retryAfterMs: 0,
    durationMs: 0,
  };
  await write((tx) => {
    const present = tx
      .select({ eventId: outboxEvents.eventId })
      .from(deliveries)
      .innerJoin(outboxEvents, eq(outboxEvents.id, deliveries.eventId))
      .where(eq(deliveries.id, delivery))
      .get();
    // Otherwise the endpoint was removed, or a backup restored, during the request.
    if (present?.eventId !== event.eventId) return;
    insertTry(tx, delivery, outcome, at);
    const state = outcome.error === null ? "delivered" : "failed";
    tx.update(deliveries).set({ tries: 1, state }).where(eq(deliveries.id, delivery)).run();
  });
  return done({ endpoint: endpoint.name, outcome });
}

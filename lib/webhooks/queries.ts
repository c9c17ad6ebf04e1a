import { and, asc, desc, eq, inArray, sql } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import { deliveries, deliveryTries, outboxEvents, portalUsers, webhookEndpoints } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { type Cursor, type KeysetPage, keysetPage } from "#lib/keyset.ts";
import type { EventPatterns } from "#lib/outbox/rules/events.ts";
import { wordsOf } from "./rules/bodies.ts";
import type { EndpointKind, EndpointState } from "./rules/endpoints.ts";
import { unsealFor } from "./secrets.ts";

export type EndpointRow = typeof webhookEndpoints.$inferSelect;

/** An endpoint, without its address and its secrets. */
export type Endpoint = {
  id: number;
  name: string;
  kind: EndpointKind;
  /** What may be shown of its address. */
  url: string;
  events: EventPatterns;
  state: EndpointState;
  stateReason: string | null;
  /** The email of the portal user who is told when it fails; null for an endpoint of the command line. */
  owner: string | null;
  createdAt: Date;
  failures: number;
  failingSince: Date | null;
  lastSuccessAt: Date | null;
  /** Deliveries that wait for a first or another try. */
  waiting: number;
};

export const patternsOf = ({ events }: Pick<EndpointRow, "events">): string[] => JSON.parse(events);

const waiting = sql<bigint>`(SELECT count(*) FROM ${deliveries}
  WHERE ${deliveries.endpointId} = ${webhookEndpoints.id} AND ${deliveries.state} = 'waiting')`;

function endpointsWhere(id: number | null): Endpoint[] {
  return database()
    .select({ endpoint: webhookEndpoints, owner: portalUsers.email, waiting })
    .from(webhookEndpoints)
    .leftJoin(portalUsers, eq(portalUsers.id, webhookEndpoints.ownerId))
    .where(id === null ? undefined : eq(webhookEndpoints.id, id))
    .orderBy(asc(webhookEndpoints.id))
    .all()
    .map(({ endpoint, owner, waiting }) => ({
      id: endpoint.id,
      name: endpoint.name,
      kind: endpoint.kind,
      url: endpoint.urlShown,
      events: patternsOf(endpoint),
      state: endpoint.state,
      stateReason: endpoint.stateReason,
      owner,
      createdAt: endpoint.createdAt,
      failures: endpoint.failures,
      failingSince: endpoint.failingSince,
      lastSuccessAt: endpoint.lastSuccessAt,
      waiting: Number(waiting),
    }));
}

/** Every endpoint, oldest first: 50 at most. */
export const listEndpoints = (): Endpoint[] => endpointsWhere(null);

/** The suspended endpoints: they failed for a day, or came back with a restore. */
export const suspendedEndpoints = (): Pick<Endpoint, "id" | "name">[] =>
  database()
    .select({ id: webhookEndpoints.id, name: webhookEndpoints.name })
    .from(webhookEndpoints)
    .where(eq(webhookEndpoints.state, "resting"))
    .orderBy(asc(webhookEndpoints.id))
    .all();

export const getEndpoint = (id: number): Endpoint | null => endpointsWhere(id)[0] ?? null;

/** The whole address of an endpoint, which only the form of owners shows; null if it cannot be decrypted. */
export function endpointUrl(id: number, reader: Reader = database()): string | null {
  const row = reader.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, id)).get();
  return row ? unsealFor(row, "address", row.urlSealed) : null;
}

export type DeliveryTry = Pick<
  typeof deliveryTries.$inferSelect,
  "id" | "at" | "durationMs" | "status" | "error" | "answer"
>;

export type Delivery = {
  id: number;
  eventId: string;
  type: string;
  /** The event in one line. */
  title: string;
  subject: string;
  state: (typeof deliveries.$inferSelect)["state"];
  createdAt: Date;
  nextTryAt: Date | null;
  tries: DeliveryTry[];
};

const DELIVERIES_PAGE_SIZE = 25;

/** A page of an endpoint's deliveries, newest first, with their tries. */
export function listDeliveries(
  endpointId: number,
  view: { before: Cursor | null; after: Cursor | null },
): Omit<KeysetPage, "places"> & { items: Delivery[] } {
  // The place of a delivery is its id alone.
  const { places, older, newer } = keysetPage(
    ({ from, direction, limit }) => {
      const isOlder = direction === "older";
      const beyond =
        from && (isOlder ? sql`${deliveries.id} < ${from.id}` : sql`${deliveries.id} > ${from.id}`);
      return database()
        .select({ id: deliveries.id, createdAt: deliveries.createdAt })
        .from(deliveries)
        .where(and(eq(deliveries.endpointId, endpointId), beyond ?? undefined))
        .orderBy(isOlder ? desc(deliveries.id) : asc(deliveries.id))
        .limit(limit)
        .all()
        .map(({ id, createdAt }) => ({ id, at: createdAt.getTime() }));
    },
    view,
    DELIVERIES_PAGE_SIZE,
  );
  return { items: deliveriesByIds(places.map(({ id }) => id)), older, newer };
}

/** Deliveries with their tries, in the order of `ids`. */
function deliveriesByIds(ids: readonly number[]): Delivery[] {
  const rows = database()
    .select({
      delivery: deliveries,
      eventId: outboxEvents.eventId,
      type: outboxEvents.type,
      data: outboxEvents.data,
    })
    .from(deliveries)
    .innerJoin(outboxEvents, eq(outboxEvents.id, deliveries.eventId))
    .where(inArray(deliveries.id, [...ids]))
    .all();
  const tries = Map.groupBy(
    database()
      .select()
      .from(deliveryTries)
      .where(inArray(deliveryTries.deliveryId, [...ids]))
      .orderBy(asc(deliveryTries.id))
      .all(),
    ({ deliveryId }) => deliveryId,
  );
  const byId = new Map(
    rows.map(
      ({
        delivery: { id, subject, state, createdAt, nextTryAt },
        eventId,
        type,
        data,
      }): [number, Delivery] => {
        const { title } = wordsOf({ type, data });
        return [
          id,
          { id, eventId, type, title, subject, state, createdAt, nextTryAt, tries: tries.get(id) ?? [] },
        ];
      },
    ),
  );
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** How many endpoints each state has. */
export function countEndpoints(): Map<EndpointState, number> {
  const counts = new Map<EndpointState, number>([
    ["active", 0],
    ["paused", 0],
    ["resting", 0],
  ]);
  for (const { state } of database().select({ state: webhookEndpoints.state }).from(webhookEndpoints).all()) {
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

/** How many deliveries and mails wait for a first or another try. */
export function countWaiting(): number {
  const [count = 0] = statement(sql`SELECT (SELECT count(*) FROM deliveries WHERE state = 'waiting')
    + (SELECT count(*) FROM mails WHERE next_try_at IS NOT NULL)`).numbers();
  return count;
}

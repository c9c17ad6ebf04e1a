import { randomBytes } from "node:crypto";
import type { Transaction } from "#db/client.ts";
import { outboxEvents } from "#db/schema/index.ts";
import type { EventData, EventType } from "./rules/events.ts";

/** An event, before it is stored. */
export type NewEvent<Type extends EventType = EventType> = {
  [One in Type]: {
    type: One;
    /** What it is about, such as "organization:12". Receivers get the events of one subject in their order. */
    subject: string;
    /** Null for what concerns the whole enterprise: then only people with a role on it are told by mail. */
    organizationId: number | null;
    data: EventData<One>;
  };
}[Type];

/** "evt_" and 128 random bits. */
const newEventId = (): string => `evt_${randomBytes(16).toString("base64url")}`;

/**
 * Stores an event in the transaction of what it is about, so that neither is there without the other. The worker sends it
 * afterwards. The only cost is one insert.
 *
 * @returns the event's id, which receivers get too
 */
export function appendEvent(tx: Transaction, event: NewEvent, at: Date = new Date()): string {
  const eventId = newEventId();
  const { type, subject, organizationId, data } = event;
  tx.insert(outboxEvents)
    .values({ eventId, type, subject, organizationId, data: JSON.stringify(data), createdAt: at })
    .run();
  return eventId;
}

import { sql } from "drizzle-orm";
import { index, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { count, instant, rowId } from "../columns.ts";
import { outboxEvents } from "./outbox.ts";
import { portalUsers } from "./portal-users.ts";

/** Where events are sent. Columns named `…_sealed` are encrypted with a key that no backup contains. */
export const webhookEndpoints = sqliteTable("webhook_endpoints", {
  id: rowId(),
  name: text("name").notNull(),
  /** The form of the body: signed JSON after Standard Webhooks, or a message of Slack or Teams. */
  kind: text("kind", { enum: ["webhook", "slack", "teams"] }).notNull(),
  /** The whole address. It may contain a secret: anybody who has the address of a Slack webhook can post to it. */
  urlSealed: text("url_sealed").notNull(),
  /** The part of the address that lists and the audit show. */
  urlShown: text("url_shown").notNull(),
  /** JSON: names of events, or patterns such as "member.*" and "*". */
  events: text("events").notNull(),
  /** `whsec_…`; null for Slack and Teams, which check no signature. */
  secretSealed: text("secret_sealed"),
  /** After a rotation, bodies are signed with both secrets until this instant. */
  previousSecretSealed: text("previous_secret_sealed"),
  previousSecretUntil: instant("previous_secret_until"),
  /** "resting", shown as suspended: it failed for a day, or came back with a restore; nothing is sent until an owner resumes it. */
  state: text("state", { enum: ["active", "paused", "resting"] })
    .notNull()
    .default("active"),
  /** Why it is suspended, in words for its owner. */
  stateReason: text("state_reason"),
  /** The portal user who added it and is told when it fails; null for the command line. */
  ownerId: count("owner_id").references(() => portalUsers.id, { onDelete: "set null" }),
  createdAt: instant("created_at").notNull(),
  /** Tries that failed since the last success, and the first of them. */
  failures: count("failures").notNull().default(0),
  failingSince: instant("failing_since"),
  /** After several failures in a row, nothing is tried before this instant. */
  retryAt: instant("retry_at"),
  lastSuccessAt: instant("last_success_at"),
});

/** One event for one endpoint. */
export const deliveries = sqliteTable(
  "deliveries",
  {
    id: rowId(),
    eventId: count("event_id")
      .notNull()
      .references(() => outboxEvents.id, { onDelete: "cascade" }),
    endpointId: count("endpoint_id")
      .notNull()
      .references(() => webhookEndpoints.id, { onDelete: "cascade" }),
    /** Copied from the event. */
    subject: text("subject").notNull(),
    state: text("state", { enum: ["waiting", "delivered", "failed", "cancelled"] }).notNull(),
    tries: count("tries").notNull().default(0),
    /** Null behind an earlier delivery of the same subject, and when it has ended. */
    nextTryAt: instant("next_try_at"),
    createdAt: instant("created_at").notNull(),
    endedAt: instant("ended_at"),
  },
  (t) => [
    index("deliveries_endpoint").on(t.endpointId, t.id),
    index("deliveries_event").on(t.eventId),
    index("deliveries_due").on(t.endpointId, t.nextTryAt).where(sql`next_try_at IS NOT NULL`),
    index("deliveries_in_order").on(t.endpointId, t.subject, t.id).where(sql`state = 'waiting'`),
  ],
);

/** What a receiver answered. */
export const deliveryTries = sqliteTable(
  "delivery_tries",
  {
    id: rowId(),
    deliveryId: count("delivery_id")
      .notNull()
      .references(() => deliveries.id, { onDelete: "cascade" }),
    at: instant("at").notNull(),
    durationMs: count("duration_ms").notNull(),
    /** The HTTP status; null without an answer. */
    status: count("status"),
    /** Why it failed, in words; null for a success. */
    error: text("error"),
    /** The first 2 KB of the answer. */
    answer: text("answer"),
  },
  (t) => [index("delivery_tries_delivery").on(t.deliveryId, t.id)],
);

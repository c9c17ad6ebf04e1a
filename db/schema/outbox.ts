import { sql } from "drizzle-orm";
import { index, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { count, instant, rowId } from "../columns.ts";

/**
 * What happened and may be sent to somebody. A row is written in the transaction of what it is about, so that neither is
 * there without the other. The worker turns each row into deliveries and mails, and deletes the row if nobody gets it.
 */
export const outboxEvents = sqliteTable(
  "outbox_events",
  {
    id: rowId(),
    /** "evt_…": the same in every try, so that a receiver recognises a repetition. */
    eventId: text("event_id").notNull(),
    /** One of `EVENTS`, such as "organization.balance_low". */
    type: text("type").notNull(),
    /** What it is about, such as "organization:12". Deliveries to one endpoint keep the order within a subject. */
    subject: text("subject").notNull(),
    /** Null for what concerns the whole enterprise. Decides which portal users may be told by mail. */
    organizationId: count("organization_id"),
    /** JSON, in the shape that `EVENTS` has for the type. */
    data: text("data").notNull(),
    createdAt: instant("created_at").notNull(),
    /** When the worker turned it into deliveries; null while it waits. */
    dispatchedAt: instant("dispatched_at"),
  },
  (t) => [
    uniqueIndex("outbox_events_event_id").on(t.eventId),
    index("outbox_events_waiting").on(t.id).where(sql`dispatched_at IS NULL`),
  ],
);

/** The periodic jobs of `lib/scheduler`, so that a restart runs none of them too early. */
export const scheduledJobs = sqliteTable("scheduled_jobs", {
  name: text("name").primaryKey(),
  /** When the last run that succeeded began; null before the first. */
  lastRunAt: instant("last_run_at"),
  /** What the last run failed with; null if it succeeded. */
  lastError: text("last_error"),
});

import { sql } from "drizzle-orm";
import { index, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { count, instant, rowId } from "../columns.ts";
import { outboxEvents } from "./outbox.ts";
import { portalUsers } from "./portal-users.ts";

/** Which events a portal user gets by mail. Without a row, the default of the user's role applies. */
export const mailRecipients = sqliteTable("mail_recipients", {
  portalUserId: count("portal_user_id")
    .primaryKey()
    .references(() => portalUsers.id, { onDelete: "cascade" }),
  /** JSON: names of events, or patterns such as "member.*" and "*". */
  events: text("events").notNull(),
  frequency: text("frequency", { enum: ["at_once", "daily"] }).notNull(),
});

/** A mail about events. Only the worker writes mails, and it writes one for all events that wait for a user. */
export const mails = sqliteTable(
  "mails",
  {
    id: rowId(),
    /** The header Message-ID: the same in every try. */
    messageId: text("message_id").notNull(),
    portalUserId: count("portal_user_id")
      .notNull()
      .references(() => portalUsers.id, { onDelete: "cascade" }),
    kind: text("kind", { enum: ["events", "digest"] }).notNull(),
    state: text("state", { enum: ["waiting", "sent", "failed"] }).notNull(),
    tries: count("tries").notNull().default(0),
    /** Null when it has ended. */
    nextTryAt: instant("next_try_at"),
    createdAt: instant("created_at").notNull(),
    endedAt: instant("ended_at"),
    /** Why the last try failed. */
    error: text("error"),
  },
  (t) => [
    index("mails_due").on(t.nextTryAt).where(sql`next_try_at IS NOT NULL`),
    // When the last digest was made.
    index("mails_recipient").on(t.portalUserId, t.kind, t.createdAt),
  ],
);

/** One event for one portal user. */
export const mailItems = sqliteTable(
  "mail_items",
  {
    id: rowId(),
    portalUserId: count("portal_user_id")
      .notNull()
      .references(() => portalUsers.id, { onDelete: "cascade" }),
    eventId: count("event_id")
      .notNull()
      .references(() => outboxEvents.id, { onDelete: "cascade" }),
    /** Null while it waits for the next mail. */
    mailId: count("mail_id").references(() => mails.id, { onDelete: "cascade" }),
  },
  (t) => [
    index("mail_items_waiting").on(t.portalUserId, t.id).where(sql`mail_id IS NULL`),
    index("mail_items_mail").on(t.mailId, t.id),
    index("mail_items_event").on(t.eventId),
  ],
);

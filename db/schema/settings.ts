import { sqliteTable, text } from "drizzle-orm/sqlite-core";
import { count, credits, flag, instant } from "../columns.ts";

/** One row: the enterprise's name, time zone and date format, what it asks of people who sign in, how long they stay so, and how long refusals are kept. */
export const settings = sqliteTable("settings", {
  id: count("id").primaryKey(),
  enterpriseName: text("enterprise_name").notNull(),
  /** IANA name, e.g. "Asia/Singapore". */
  timeZone: text("time_zone").notNull(),
  dateFormat: text("date_format").notNull(),
  /** Whether a portal user who signs in with a password must have a second factor. */
  requireSecondFactor: flag("require_second_factor").notNull().default(false),
  /** Moving more credits than this at once asks the person to confirm who they are; null never asks. */
  askAgainAbove: credits("ask_again_above"),
  /** SHA-256 of the one-time code for `/setup`; null once an owner exists. */
  setupCodeHash: text("setup_code_hash"),
  /** How long a session lasts at most. */
  sessionMinutes: count("session_minutes").notNull().default(20_160),
  /** A session ends when it was not used for this long; null for never. */
  sessionIdleMinutes: count("session_idle_minutes"),
  /** How many days refused requests are kept. */
  refusalDays: count("refusal_days").notNull().default(90),
  /** The first of the days that `organizations.spent_last_30_days` adds up, e.g. 20261028. The portal moves it daily. */
  spentLast30DaysFrom: count("spent_last_30_days_from").notNull().default(0),
  updatedAt: instant("updated_at").notNull(),
});

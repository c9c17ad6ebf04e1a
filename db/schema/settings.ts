import { sqliteTable, text } from "drizzle-orm/sqlite-core";
import { count, instant } from "../columns.ts";

/** One row: the enterprise's name, time zone and date format. */
export const settings = sqliteTable("settings", {
  id: count("id").primaryKey(),
  enterpriseName: text("enterprise_name").notNull(),
  /** IANA name, e.g. "Asia/Singapore". */
  timeZone: text("time_zone").notNull(),
  dateFormat: text("date_format").notNull(),
  /** SHA-256 of the one-time code for `/setup`; null once an owner exists. */
  setupCodeHash: text("setup_code_hash"),
  updatedAt: instant("updated_at").notNull(),
});

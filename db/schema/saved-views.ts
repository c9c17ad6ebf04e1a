import { sql } from "drizzle-orm";
import { index, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { count, flag, instant, rowId } from "../columns.ts";
import { portalUsers } from "./portal-users.ts";

/** Names for addresses of lists, of one portal user or for all who read the whole enterprise. */
export const savedViews = sqliteTable(
  "saved_views",
  {
    id: rowId(),
    /** The user who saved it. */
    portalUserId: count("portal_user_id")
      .notNull()
      .references(() => portalUsers.id, { onDelete: "cascade" }),
    shared: flag("shared").notNull(),
    name: text("name").notNull(),
    /** The folded name, which is unique. */
    nameKey: text("name_key").notNull(),
    /** Path and query of a list. */
    href: text("href").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    // A name is used once among the shared views, and once among a user's own.
    uniqueIndex("saved_views_name").on(sql`(CASE shared WHEN 1 THEN 0 ELSE portal_user_id END)`, t.nameKey),
    index("saved_views_portal_user").on(t.portalUserId),
  ],
);

/** The views that users have starred, which are in their navigation. */
export const savedViewStars = sqliteTable(
  "saved_view_stars",
  {
    portalUserId: count("portal_user_id")
      .notNull()
      .references(() => portalUsers.id, { onDelete: "cascade" }),
    savedViewId: count("saved_view_id")
      .notNull()
      .references(() => savedViews.id, { onDelete: "cascade" }),
  },
  (t) => [
    primaryKey({ columns: [t.portalUserId, t.savedViewId] }),
    index("saved_view_stars_saved_view").on(t.savedViewId),
  ],
);

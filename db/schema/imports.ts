import { index, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { count, instant } from "../columns.ts";
import { portalUsers } from "./portal-users.ts";

/** A file that somebody uploaded to import: first checked, then imported whole or not at all. */
export const imports = sqliteTable(
  "imports",
  {
    /** Random, part of the preview's URL; the file lies under it in the data folder. */
    id: text("id").primaryKey(),
    kind: text("kind", { enum: ["organizations", "members"] }).notNull(),
    fileName: text("file_name").notNull(),
    byteLength: count("byte_length").notNull(),
    status: text("status", {
      enum: ["checking", "checked", "importing", "done", "failed"],
    }).notNull(),
    /** JSON of what the check found. */
    report: text("report"),
    /** Why an import failed, for the person who ran it. */
    error: text("error"),
    portalUserId: count("portal_user_id")
      .notNull()
      .references(() => portalUsers.id, { onDelete: "cascade" }),
    createdAt: instant("created_at").notNull(),
    finishedAt: instant("finished_at"),
  },
  (t) => [index("imports_created_at").on(t.createdAt)],
);

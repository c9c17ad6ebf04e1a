import { index, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { count, instant } from "../columns.ts";
import { portalUsers } from "./portal-users.ts";

/** An uploaded file: it is checked first, and then imported completely or not at all. */
export const imports = sqliteTable(
  "imports",
  {
    /** Random. It is part of the preview's URL and the name of the file in the data folder. */
    id: text("id").primaryKey(),
    kind: text("kind", { enum: ["organizations", "members", "allocations"] }).notNull(),
    /** Whether the file adds what the portal lacks, changes what it has, or both. */
    mode: text("mode", { enum: ["add", "change", "both"] })
      .notNull()
      .default("add"),
    fileName: text("file_name").notNull(),
    byteLength: count("byte_length").notNull(),
    status: text("status", {
      enum: ["checking", "checked", "importing", "done", "failed"],
    }).notNull(),
    /** The report of the check, as JSON. */
    report: text("report"),
    /** Why the import failed, as a sentence for the person who ran it. */
    error: text("error"),
    portalUserId: count("portal_user_id")
      .notNull()
      .references(() => portalUsers.id, { onDelete: "cascade" }),
    createdAt: instant("created_at").notNull(),
    finishedAt: instant("finished_at"),
  },
  (t) => [index("imports_created_at").on(t.createdAt)],
);

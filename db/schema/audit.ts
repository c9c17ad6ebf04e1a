import { sql } from "drizzle-orm";
import { index, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { count, instant, rowId } from "../columns.ts";

/** Who changed what. Triggers refuse updates and deletes. The hash of each row covers the hash of the row before. */
export const auditEntries = sqliteTable(
  "audit_entries",
  {
    id: rowId(),
    at: instant("at").notNull(),
    actorKind: text("actor_kind", { enum: ["portal_user", "operator", "system", "api_key"] }).notNull(),
    actorId: count("actor_id"),
    /** The actor's email or name at that time. It is copied so that later changes do not alter the entry. */
    actorLabel: text("actor_label").notNull(),
    /** The network address that the change came from. Null for the command line. */
    address: text("address"),
    /** E.g. "organization.created". */
    action: text("action").notNull(),
    subjectKind: text("subject_kind").notNull(),
    subjectId: count("subject_id"),
    subjectLabel: text("subject_label").notNull(),
    /** JSON objects of the fields that changed. */
    before: text("before"),
    after: text("after"),
    previousHash: text("previous_hash").notNull(),
    hash: text("hash").notNull(),
    /**
     * The organization that the subject is or belongs to: of an organization, a membership and an organization's API key.
     * Null for everything else. The hash does not cover it; `verify` computes it again.
     */
    organizationId: count("organization_id"),
  },
  (t) => [
    // The list and its filters, each newest first. SQLite appends the row id to every index.
    index("audit_entries_at").on(t.at),
    index("audit_entries_subject").on(t.subjectKind, t.subjectId, t.at),
    index("audit_entries_subject_kind").on(t.subjectKind, t.at),
    index("audit_entries_subject_label").on(sql`subject_label COLLATE NOCASE`, t.at),
    index("audit_entries_actor").on(t.actorKind, t.actorId, t.at),
    index("audit_entries_action").on(t.action, t.at),
    // What people see who have grants on organizations. Partial, because sign-ins and settings have no organization.
    index("audit_entries_organization").on(t.organizationId, t.at).where(sql`organization_id IS NOT NULL`),
  ],
);

/** One row: the last entry of the chain. Without it, entries removed from the end would not be noticed. */
export const auditEnd = sqliteTable("audit_end", {
  id: count("id").primaryKey(),
  lastId: count("last_id").notNull(),
  lastHash: text("last_hash").notNull(),
});

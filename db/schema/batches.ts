import { sql } from "drizzle-orm";
import { type AnySQLiteColumn, blob, index, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { count, instant, rowId } from "../columns.ts";

/**
 * Changes to many rows that somebody made at once, in one transaction. The rows are the audit entries of that transaction,
 * whose ids follow one another; the last of them is about the batch itself. Append-only: triggers refuse updates and
 * deletes.
 */
export const batches = sqliteTable(
  "batches",
  {
    id: rowId(),
    kind: text("kind", {
      enum: [
        "allocation",
        "return",
        "allowance",
        "tags",
        "status",
        "member_allowance",
        "member_role",
        "member_status",
        "reversal",
      ],
    }).notNull(),
    createdAt: instant("created_at").notNull(),
    /** The sender's id, so that sending it twice does it once. The ledger entries of the batch have it as `external_id`. */
    requestId: text("request_id").notNull(),
    /** Tells a repeat from another request with the same id. */
    requestHash: blob("request_hash", { mode: "buffer" }).notNull(),
    firstAuditId: count("first_audit_id").notNull(),
    lastAuditId: count("last_audit_id").notNull(),
    /** The ledger entries of the batch; null without any. */
    firstEntryId: count("first_entry_id"),
    lastEntryId: count("last_entry_id"),
    /** The batch that this one reverses. */
    reversesId: count("reverses_id").references((): AnySQLiteColumn => batches.id, { onDelete: "restrict" }),
  },
  (t) => [
    uniqueIndex("batches_request_id").on(t.requestId),
    uniqueIndex("batches_reverses").on(t.reversesId).where(sql`reverses_id IS NOT NULL`),
    // The batch that an audit entry or a ledger entry belongs to.
    index("batches_last_audit").on(t.lastAuditId),
    index("batches_last_entry").on(t.lastEntryId).where(sql`last_entry_id IS NOT NULL`),
  ],
);

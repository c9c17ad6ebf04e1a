import { index, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { count, instant, rowId } from "../columns.ts";
import { organizations } from "./organizations.ts";

/** Keys with which applications report usage. The key itself is shown once and kept nowhere. */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: rowId(),
    name: text("name").notNull(),
    /** Null: the whole enterprise. */
    organizationId: count("organization_id").references(() => organizations.id, { onDelete: "restrict" }),
    /** The first characters, by which a person recognises it. */
    prefix: text("prefix").notNull(),
    /** SHA-256 of the key. */
    keyHash: text("key_hash").notNull(),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at"),
    revokedAt: instant("revoked_at"),
    /** To the minute. */
    lastUsedAt: instant("last_used_at"),
  },
  (t) => [
    uniqueIndex("api_keys_key_hash").on(t.keyHash),
    index("api_keys_organization").on(t.organizationId, t.id),
  ],
);

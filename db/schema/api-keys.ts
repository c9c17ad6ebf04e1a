import { index, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { count, instant, rowId } from "../columns.ts";
import { organizations } from "./organizations.ts";

/** The keys of applications that report usage. The key itself is shown once and never stored. */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: rowId(),
    name: text("name").notNull(),
    /** Null for a key of the whole enterprise. */
    organizationId: count("organization_id").references(() => organizations.id, { onDelete: "restrict" }),
    /** The first characters of the key, so that people can recognise it. */
    prefix: text("prefix").notNull(),
    /** SHA-256 of the key. */
    keyHash: text("key_hash").notNull(),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at"),
    revokedAt: instant("revoked_at"),
    /** Updated at most once a minute. */
    lastUsedAt: instant("last_used_at"),
  },
  (t) => [
    uniqueIndex("api_keys_key_hash").on(t.keyHash),
    index("api_keys_organization").on(t.organizationId, t.id),
    index("api_keys_prefix").on(t.prefix, t.organizationId),
  ],
);

import { sql } from "drizzle-orm";
import { check, index, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { count, credits, instant, rowId } from "../columns.ts";

/** The credit types with their pools, and counters over their organizations. */
export const creditTypes = sqliteTable(
  "credit_types",
  {
    id: rowId(),
    name: text("name").notNull(),
    /** The folded name, which is unique. */
    nameKey: text("name_key").notNull(),
    /** ISO 4217 alphabetic code. */
    currency: text("currency").notNull(),
    /** Credits per currency unit, in millionths. */
    exchangeRate: credits("exchange_rate").notNull(),
    archivedAt: instant("archived_at"),
    createdAt: instant("created_at").notNull(),
    /** Counters. Commands update them in the transaction that changes the rows they count; `verify` recomputes them. */
    organizations: count("organizations").notNull().default(0),
    activeOrganizations: count("active_organizations").notNull().default(0),
    members: count("members").notNull().default(0),
    balance: credits("balance").notNull().default(sql`0`),
    available: credits("available").notNull().default(sql`0`),
    totalPurchased: credits("total_purchased").notNull().default(sql`0`),
    totalSpent: credits("total_spent").notNull().default(sql`0`),
    /** The newest ledger entry of this credit type, null without one. An entry removed from the end is noticed by it. */
    lastEntryId: count("last_entry_id"),
  },
  (t) => [
    uniqueIndex("credit_types_name_key").on(t.nameKey),
    check("credit_types_available_not_negative", sql`${t.available} >= 0`),
  ],
);

/**
 * Every exchange rate that a credit type has had, the first with its creation. Append-only. `verify` compares it with
 * the audit trail.
 */
export const exchangeRates = sqliteTable(
  "exchange_rates",
  {
    id: rowId(),
    creditTypeId: count("credit_type_id")
      .notNull()
      .references(() => creditTypes.id, { onDelete: "restrict" }),
    /** The instant from which it is in force. */
    fromAt: instant("from_at").notNull(),
    /** Credits per currency unit, in millionths. */
    rate: credits("rate").notNull(),
  },
  (t) => [index("exchange_rates_credit_type").on(t.creditTypeId, t.fromAt)],
);
